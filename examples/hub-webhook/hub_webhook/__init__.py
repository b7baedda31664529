"""Webhooks: each paper as one signed event, by the Standard Webhooks scheme. The hooks and nothing else."""

from __future__ import annotations

from datetime import datetime

from hub import Artifact, Delivery, Document, Health, Limits, PluginInfo, Receipt, Role, hookimpl
from hub.http import Http
from hub_webhook.client import Client
from hub_webhook.event import event
from hub_webhook.meanings import MEANINGS
from hub_webhook.settings import Settings

MAX_BYTES = 20 * 2**20


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Webhook",
        summary="Sends each paper as one signed event to an address (Standard Webhooks).",
        roles=(Role.COPY, Role.ARCHIVE),
        settings=Settings,
        repeatable=True,  # a receiver keeps each webhook-id once: the scheme asks it to
        limits=Limits(max_bytes=MAX_BYTES, in_flight=8),
        meanings=MEANINGS,
    )


@hookimpl
def health(settings: Settings, http: Http, now: datetime) -> Health:
    return Client(http, settings, now).look()


@hookimpl
def prepare(document: Document, delivery: Delivery, settings: Settings) -> Artifact:
    return Artifact((event(document, delivery, settings.files),))


@hookimpl
def deliver(prepared: Artifact, delivery: Delivery, settings: Settings, http: Http, now: datetime) -> Receipt:
    return Client(http, settings, now).send(prepared.parts[0], delivery.key)
