"""Every protection, the change that takes it away, and the tests that must go red without it.

    python -m tests.mutants [WORD...]      `core`, `web`, or those with a word in their name or file; all without

Prints a line for each; exit 1 when a test stayed green, 2 when a change does not fit the code any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tests.mutation import Mutant, Verdict, tried
from tests.web.mutants import WEB

PUMP, OUTBOX = "tests/integration/test_pump", "tests/integration/test_outbox"
FAILING, INTAKE = "tests/integration/failing/test_failing", "tests/integration/test_intake.py"
EVIL = "tests/integration/evil/test_evil"


MUTANTS = (
    Mutant(
        "mark removed",
        "hub/core/courier.py",
        "if not self.mark(claim, parts_of(prepared)):\n            return None",
        "if False:\n            return None",
        (f"{PUMP}_protocol.py",),
    ),
    Mutant(
        "mark after the first byte",
        "hub/core/store/outbox.py",
        ".values(begun=True)",
        ".values(begun=outbox.c.begun)",
        (f"{PUMP}_protocol.py", f"{OUTBOX}_claim.py"),
    ),
    Mutant(
        "fence removed",
        "hub/core/store/outbox.py",
        "return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in leases}",
        "return {lease: row[2] for row in rows for lease in leases if lease[0] == row[0]}",
        (f"{OUTBOX}_claim.py", f"{OUTBOX}_settle.py"),
    ),
    Mutant(
        "fence removed, by the model alone",
        "hub/core/store/outbox.py",
        "return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in leases}",
        "return {lease: row[2] for row in rows for lease in leases if lease[0] == row[0]}",
        (f"{OUTBOX}_model.py",),
    ),
    Mutant(
        "a hand-back clears the mark",
        "hub/core/store/outbox.py",
        ".values(due_at=now, worker=None)",
        ".values(due_at=now, worker=None, begun=False)",
        (f"{OUTBOX}_claim.py",),
    ),
    Mutant(
        "fence does not ask whose lease it is",
        "hub/core/store/outbox.py",
        'outbox.c.worker == bindparam("me")',
        'sa.or_(outbox.c.worker == bindparam("me"), sa.true())',
        (f"{OUTBOX}_claim.py", f"{OUTBOX}_settle.py", "tests/integration/test_pump_lease.py"),
    ),
    Mutant(
        "key random per attempt",
        "hub/plugins/carrier.py",
        "key=claim.key,",
        'key=__import__("uuid").uuid4().hex,',
        (f"{PUMP}_protocol.py", f"{PUMP}_uncertain.py"),
    ),
    Mutant(
        "BEGIN instead of BEGIN IMMEDIATE",
        "hub/core/store/engine.py",
        '"BEGIN" if read_only else "BEGIN IMMEDIATE"',
        '"BEGIN"',
        ("tests/integration/test_store_engine.py",),
    ),
    Mutant(
        "blob fsync removed",
        "hub/core/folder.py",
        "stream.flush()\n        sync(stream.fileno())",
        "stream.flush()",
        (f"{FAILING}_order.py",),
    ),
    Mutant(
        "blob's name not synced",
        "hub/core/folder.py",
        "Path(stream.name).rename(target)\n        sync_folder(target.parent)",
        "Path(stream.name).rename(target)",
        (f"{FAILING}_order.py",),
    ),
    Mutant(
        "bytes after the row",
        "hub/core/intake.py",
        "kept = self._keep(judged)",
        "kept = set()",
        (INTAKE, f"{FAILING}_order.py"),
    ),
    Mutant(
        "absent assumed without asking",
        "hub/core/courier.py",
        "carrier.trace(self._kept(), subject, delivery)",
        'Absent("assumed")',
        (f"{PUMP}_uncertain.py",),
    ),
    Mutant(
        "begun treated as waiting",
        "hub/core/courier.py",
        "tracing=claim.begun and carrier.can_trace,",
        "tracing=False,",
        (f"{PUMP}_uncertain.py",),
    ),
    Mutant(
        "a person is not asked",
        "hub/core/courier.py",
        "if claim.begun and not carrier.can_trace and carrier.on_uncertain is OnUncertain.ASK:",
        "if False:",
        (f"{PUMP}_uncertain.py",),
    ),
    Mutant(
        "audit entry outside the transaction",
        "hub/core/store/engine.py",
        "            yield tx\n            head = self._head",
        "            yield tx\n            conn.exec_driver_sql('COMMIT')\n            conn.exec_driver_sql('BEGIN')\n"
        "            head = self._head",
        (f"{OUTBOX}_settle.py", INTAKE),
    ),
    Mutant(
        "a claim clears the mark",
        "hub/core/store/claiming.py",
        'due_at=bindparam("until"), fence',
        'begun=False, due_at=bindparam("until"), fence',
        (f"{OUTBOX}_claim.py",),
    ),
    Mutant(
        "a claim does not raise the fence",
        "hub/core/store/claiming.py",
        "fence=outbox.c.fence + 1",
        "fence=outbox.c.fence",
        (f"{OUTBOX}_claim.py", f"{OUTBOX}_settle.py"),
    ),
    Mutant(
        "a mark with a lease that is nearly over",
        "hub/core/store/outbox.py",
        "_SAFETY_MS = 1_000",
        "_SAFETY_MS = -99_999_999",
        (f"{OUTBOX}_claim.py",),
    ),
    Mutant(
        "no look at the lease before the first byte",
        "hub/core/pump.py",
        " or time.monotonic() >= held.until",
        "",
        ("tests/integration/test_pump_lease.py",),
    ),
    Mutant(
        "leases are not renewed",
        "hub/core/store/outbox.py",
        "values(due_at=tx.clock() + lease_ms)",
        "values(due_at=outbox.c.due_at)",
        ("tests/integration/test_pump_lease.py", f"{OUTBOX}_claim.py"),
    ),
    Mutant(
        "crashes are not counted",
        "hub/core/store/claiming.py",
        "crashes = row.crashes + 1 if row.alone else row.crashes",
        "crashes = row.crashes",
        (f"{OUTBOX}_claim.py",),
    ),
    Mutant(
        "stored bytes are not checked when read",
        "hub/core/folder.py",
        'if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:',
        "if False:",
        ("tests/integration/test_blobs.py", "tests/integration/test_verify.py"),
    ),
    Mutant(
        "the form of an answer is not looked at",
        "hub/plugins/host.py",
        "if wrong := breach(answer):",
        'if wrong := "":',
        ("tests/unit/test_host.py",),
    ),
    Mutant(
        "the far side's own time is forgotten",
        "hub/core/store/settle.py",
        "pressure = pressure.rested(settlement.rest, now)",
        "pass",
        (f"{PUMP}_blocked.py",),
    ),
    Mutant(
        "a login blocks its own destination only",
        "hub/core/store/settle.py",
        "if block.connection:",
        "if False:",
        (f"{PUMP}_blocked.py",),
    ),
    Mutant(
        "no approval",
        "hub/core/store/queueing.py",
        '("approval" if needs_approval(place.approve, place.approved) else "")',
        '""',
        ("tests/integration/test_acts.py",),
    ),
    Mutant(
        "a lane without an order",
        "hub/core/store/waiting.py",
        'return f"c{company_id}" if ordered else ""',
        'return ""',
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "who finishes lets nobody go",
        "hub/core/store/settle.py",
        "waiting.let_go(tx, [*finished, *arrived])",
        "pass",
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "a credit note waits for ever",
        "hub/core/store/waiting.py",
        "Turn(tx.clock()) if invoice is None else Turn(tx.clock() + LONGEST, invoice)",
        "Turn(tx.clock()) if invoice is None else Turn(None, invoice)",
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "a run waits a week for a held invoice",
        "hub/core/store/summary.py",
        "        ~waits.exists(),\n",
        "",
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "back-filling starves",
        "hub/core/store/leasing.py",
        "if place.looks % _TURN == _TURN - 1",
        "if False",
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "the connection's budget is not spent",
        "hub/core/store/claiming.py",
        "budgets.keep_lines(self.tx, self.lines)",
        "pass",
        (f"{OUTBOX}_limits.py",),
    ),
    Mutant(
        "the far side's word is not heard",
        "hub/core/store/settle.py",
        "budgets.settled(tx, places, settlements)",
        "pass",
        (f"{OUTBOX}_limits.py",),
    ),
    Mutant(
        "a limit that is reached burns tries",
        "hub/core/verdict.py",
        "due_in=0, burns_try=False, unwell=None, rest=None)",
        "due_in=0)",
        (f"{OUTBOX}_limits.py",),
    ),
    Mutant(
        "a minute begins full and refills in full",
        "hub/core/budget.py",
        "float(max(per_minute - at_once, per_minute / 2))",
        "float(per_minute)",
        ("tests/unit/test_budget.py",),
    ),
    Mutant(
        "a claim reads all that waits to count what is leased",
        "hub/core/store/leasing.py",
        "    .where(outbox.c.due_at > 0)",
        "    .where(outbox.c.id > 0)",
        ("tests/integration/test_store_plans.py",),
    ),
    Mutant(
        "a slow destination takes all threads",
        "hub/core/store/claiming.py",
        "share is None or place.only_one",
        "True",
        (f"{PUMP}_share.py",),
    ),
    Mutant(
        "papers of a batch stand in no line",
        "hub/core/store/waiting.py",
        "            ends[lane] = row.id\n",
        "",
        ("tests/integration/test_queueing.py",),
    ),
    Mutant(
        "an invoice of a batch passes the credit notes that came before it",
        "hub/core/store/queueing.py",
        "waiting.put_credit_notes_behind(tx, heeding)",
        "waiting.put_credit_notes_behind(tx, ())",
        ("tests/integration/test_queueing.py",),
    ),
    Mutant(
        "a credit note does not ask for its invoice",
        "hub/core/store/waiting.py",
        "{row.id: turn(tx, row) for row in rows if row.credits}",
        "{row.id: turn(tx, row) for row in rows if False}",
        (f"{OUTBOX}_order.py",),
    ),
    Mutant(
        "the same paper twice in a batch is one generation",
        "hub/core/store/queueing.py",
        "place, generation = places[at], last[at, subject.name]",
        "place, generation = places[at], 1",
        ("tests/integration/test_queueing.py",),
    ),
    Mutant(
        "deliveries are told apart by chance",
        "hub/core/store/queueing.py",
        "made = [(ids[new.key], new) for new in news]",
        "made = [(one, new) for one, new in zip(sorted(ids.values(), reverse=True), news, strict=True)]",
        ("tests/integration/test_queueing.py",),
    ),
    Mutant(
        "a claim asks in another order than its index has",
        "hub/core/store/leasing.py",
        ".order_by(outbox.c.due_at, outbox.c.id)",
        ".order_by(outbox.c.id)",
        ("tests/integration/test_claim_plans.py",),
    ),
    Mutant(
        "readers can write",
        "hub/core/store/engine.py",
        "PRAGMA query_only={'ON' if self.read_only else 'OFF'}",
        "PRAGMA query_only=OFF",
        ("tests/integration/test_store_engine.py",),
    ),
    Mutant(
        "chains do not name each other",
        "hub/core/store/engine.py",
        'canonical({"heads": _link_heads(tx)})',
        'canonical({"heads": []})',
        ("tests/integration/test_verify.py",),
    ),
    Mutant(
        "a step is written without the fence",
        "hub/core/store/outbox.py",
        "if not still_ours(tx, worker, [claim]):\n        return False",
        "if False:\n        return False",
        ("tests/integration/test_steps.py",),
    ),
    Mutant(
        "a lost answer to a change counts as not sent",
        "hub/http.py",
        'raise Uncertain("no_answer", f',
        'raise NotSent("no_answer", f',
        ("tests/integration/test_http.py",),
    ),
    Mutant(
        "connected to the name, not to the judged address",
        "hub/http.py",
        "request.url = request.url.copy_with(host=ip)",
        "pass",
        ("tests/integration/test_http.py",),
    ),
    Mutant(
        "two hold one lease of a token",
        "hub/core/store/secrets.py",
        "over = sa.update(lease).where(_is(slot), lease.c.until <= now)",
        "over = sa.update(lease).where(_is(slot))",
        ("tests/integration/test_vault.py",),
    ),
    Mutant(
        "a token over another generation",
        "hub/core/store/secrets.py",
        "if (now.generation if now else 0) != generation:",
        "if False:",
        ("tests/integration/test_vault.py",),
    ),
    Mutant(
        "a login wakes what a person paused",
        "hub/core/store/destinations.py",
        "if row.state == DestinationState.BLOCKED and row.reason in _FOR_LOGIN",
        "if row.reason or True",
        ("tests/integration/test_login.py",),
    ),
    Mutant(
        "a blind repeat where a paper is taken once",
        "hub/app/configure.py",
        "if rule is OnUncertain.REPEAT and info.one_shot and not info.can_trace:",
        "if False:",
        ("tests/acceptance/test_codabox.py",),
    ),
    Mutant(
        "a call may last for ever",
        "hub/core/calls.py",
        "if seen.until <= now and",
        "if False and",
        (f"{EVIL}_hang.py",),
    ),
    Mutant(
        "a lost thread is not replaced",
        "hub/core/slots.py",
        "self.start(len(overdue))",
        "pass",
        (f"{EVIL}_hang.py",),
    ),
    Mutant(
        "a thread that was given up goes on",
        "hub/core/slots.py",
        "while me not in self._calls.given_up:",
        "while True:",
        (f"{EVIL}_hang.py",),
    ),
    Mutant(
        "a process that lost four threads goes on",
        "hub/core/runner.py",
        "if wear.is_over():",
        "if False:",
        (f"{EVIL}_restart.py",),
    ),
    Mutant(
        "no look at the lease before a token call",
        "plugins/exact/hub_exact/tokens.py",
        'if time.monotonic() > until:\n            raise NotSent("token_slow", "this process stalled',
        'if False:\n            raise NotSent("token_slow", "this process stalled',
        ("plugins/exact/tests/test_exact_tokens.py",),
    ),
    Mutant(
        "a typo in a failpoint goes unnoticed",
        "hub/failpoints.py",
        "if point not in POINTS:",
        "if False:",
        ("tests/unit/test_failpoints.py",),
    ),
    Mutant(
        "a file that is renamed meanwhile ends the worker",
        "hub/core/folder.py",
        "with suppress(FileNotFoundError):  # its writer",
        "with suppress(KeyError):  # its writer",
        ("tests/integration/test_blobs_folder.py",),
    ),
    Mutant(
        "a late receipt does not wait for the next attempt",
        "hub/core/store/settle.py",
        '.where(outbox.c.id == bindparam("one")).with_for_update()',
        '.where(outbox.c.id == bindparam("one"))',
        (f"{OUTBOX}_settle.py",),
    ),
    Mutant(
        "mark removed, by the failpoints alone",
        "hub/core/store/outbox.py",
        ".values(begun=True)",
        ".values(begun=outbox.c.begun)",
        (f"{FAILING}_points.py",),
    ),
    Mutant(
        "a person is not asked, by the failpoints alone",
        "hub/core/courier.py",
        "if claim.begun and not carrier.can_trace and carrier.on_uncertain is OnUncertain.ASK:",
        "if False:",
        (f"{FAILING}_points.py",),
    ),
    Mutant(
        "what a bucket gives is not hashed",
        "hub/core/objects.py",
        "if found == sha256:",
        "if True:",
        ("tests/integration/test_blobs.py", "tests/integration/test_blobs_bucket.py"),
    ),
    Mutant(
        "a bit that the line turned is taken for a damaged paper",
        "hub/core/objects.py",
        "for _ in range(2):",
        "for _ in range(1):",
        ("tests/integration/test_blobs_bucket.py",),
    ),
    Mutant(
        "two hubs on one prefix",
        "hub/app/blobs.py",
        "if blobs.claim(ours) != ours:",
        "if False:",
        ("tests/integration/test_home_in_bucket.py",),
    ),
    Mutant(
        "a lost store burns tries",
        "hub/core/verdict.py",
        "burns_try=False,\n        due_in=min(wait, _OURS_AT_MOST)",
        "due_in=min(wait, _OURS_AT_MOST)",
        ("tests/unit/test_verdict.py", "tests/integration/test_home_in_bucket.py"),
    ),
    Mutant(
        "sending on a full disk",
        "hub/core/pump.py",
        " or not self.pace.room()",
        "",
        (f"{FAILING}_disk.py",),
    ),
    Mutant(
        "taking in on a full disk",
        "hub/core/intake.py",
        "self.room(sum(len(paper.data) for paper in papers))",
        "pass",
        (f"{FAILING}_disk.py",),
    ),
    Mutant(
        "a failed sync of a blob is an error like others",
        "hub/core/disk.py",
        "if error.errno in _FULL:\n            raise",
        "if True:\n            raise",
        (f"{FAILING}_disk.py",),
    ),
    Mutant(
        "a failed sync of the database is tried again",
        "hub/core/store/engine.py",
        "if is_failing(error.orig):",
        "if False:",
        (f"{FAILING}_disk.py",),
    ),
    Mutant(
        "bytes that somebody may be about to name are removed",
        "hub/core/orphans.py",
        "old = [found.sha256 for found in blobs.listed() if found.modified < before]",
        "old = [found.sha256 for found in blobs.listed()]\n    before = before + 1e9",
        ("tests/integration/test_orphans.py",),
    ),
    Mutant(
        "an import does not look again after a removal",
        "hub/core/intake.py",
        "if removals.hold_off(tx) != removed and",
        "if removals.hold_off(tx) == removed + '?' and",
        ("tests/integration/test_orphans.py",),
    ),
    Mutant(
        "a machine with another key delivers",
        "hub/app/engine.py",
        "        check_key(self.db, self.config)\n",
        "",
        ("tests/integration/test_two_homes.py",),
    ),
    Mutant(
        "a machine that joins makes a key of its own",
        "hub/app/keys.py",
        "if config.key is None and not joins:",
        "if config.key is None:",
        ("tests/integration/test_two_homes.py",),
    ),
    Mutant(
        "a stranger's plugin may use the back door",
        "hub/testing/inspection.py",
        "if _is_ours(name) and name not in _DOOR",
        "if False",
        ("tests/unit/test_inspection.py",),
    ),
    Mutant(
        "a new plugin is written over what is there",
        "hub/plugins/scaffold/__init__.py",
        "if os.path.lexists(path):",
        "if False:",
        ("tests/unit/test_scaffold.py",),
    ),
    Mutant(
        "a new plugin is left half written",
        "hub/plugins/scaffold/__init__.py",
        "shutil.rmtree(made, ignore_errors=True)",
        "pass",
        ("tests/unit/test_scaffold.py",),
    ),
    Mutant(
        "a webhook is signed for another moment than it is sent at",
        "examples/hub-webhook/hub_webhook/client.py",
        "signed(key, self.now, body",
        "signed(key, self.now.replace(hour=0), body",
        ("examples/hub-webhook/tests/test_webhook_contract.py",),
    ),
    Mutant(
        "a webhook has another id on each attempt",
        "examples/hub-webhook/hub_webhook/client.py",
        "signed(key, self.now, body",
        'signed(f"{key}-{self.now.timestamp():.0f}", self.now, body',
        ("examples/hub-webhook/tests/test_webhook_contract.py",),
    ),
    Mutant(
        "a code of a plugin has no words",
        "plugins/codabox/hub_codabox/meanings.py",
        '    "same_bytes": Meaning(',
        '    "same_bites": Meaning(',
        ("tests/integration/test_why_codes.py",),
    ),
    Mutant(
        "a code of the engine has no words",
        "hub/core/verdict.py",
        'code="stopped"',
        'code="halted"',
        ("tests/integration/test_why_codes.py",),
    ),
    Mutant(
        "a command that nobody could type",
        "plugins/exact/hub_exact/meanings.py",
        '"hub outbox cancel {id}"',
        '"hub outbox stop {id}"',
        ("tests/integration/test_why_codes.py",),
    ),
    Mutant(
        "a page of promises names a test that is not there",
        "tests/integration/test_verify.py",
        "def test_each_of_64_flipped_bits_is_found",
        "def test_each_flipped_bit_is_found",
        ("tests/docs/test_reliability.py",),
    ),
    Mutant(
        "a process without its database ends when told",
        "hub/core/insist.py",
        "return time.monotonic() >= self._until",
        "return False",
        ("tests/integration/test_runner_without_database.py",),
    ),
    Mutant(
        "a process of a plugin killed at its deadline",
        "hub/plugins/process.py",
        "self._channel.settimeout(seconds)",
        "self._channel.settimeout(None)",
        (f"{EVIL}_apart.py",),
    ),
    Mutant(
        "a process of a plugin ends with ours",
        "hub/app/apart.py",
        "        except (EOFError, OSError):\n            os._exit(0)",
        "        except (EOFError, OSError):\n            return",
        (f"{EVIL}_apart.py",),
    ),
    Mutant(
        "held after three deaths of the plugin",
        "hub/core/verdict.py",
        "if isinstance(error, PluginDied) and error.hopeless:",
        "if False:",
        (f"{EVIL}_apart.py",),
    ),
    Mutant(
        "a process of a plugin that leaks is replaced",
        "hub/app/apart.py",
        "while not wear.reason(used(0, calls)):",
        "while True:",
        (f"{EVIL}_apart.py",),
    ),
    Mutant(
        "what a plugin prints apart is kept off our stdout",
        "hub/plugins/process.py",
        "stdout=2,",
        "stdout=None,",
        (f"{EVIL}_apart.py",),
    ),
)


def main(words: Sequence[str]) -> int:
    """Try those that are named; returns the exit code."""
    return tried(list(_chosen(words)), _tell)


def _chosen(words: Sequence[str]) -> Iterator[Mutant]:
    for group, mutants in (("core", MUTANTS), ("web", WEB)):
        for mutant in mutants:
            text = f"{mutant.protection} {mutant.file}"
            if not words or group in words or any(word in text for word in words):
                yield mutant


def _tell(verdict: Verdict) -> None:
    mutant = verdict.mutant
    sys.stdout.write(f"{verdict.word:<12} {mutant.protection:<58} {mutant.file}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
