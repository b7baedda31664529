"""The two addresses of OAuth: where a person says yes, and where a program gets its tokens (reference 1)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from hub.testing.exact.tokens import Chain, TokenRefused, Tokens
from hub.testing.exact.wire import Answer, Request, html_answer, json_answer

AUTHORIZE, TOKEN = "/api/oauth2/auth", "/api/oauth2/token"


@dataclass(frozen=True, slots=True)
class App:
    """The registration of one app, an example."""

    client_id: str = "5f3b8c1e-0000-4000-8000-00000000e8a1"
    client_secret: str = "example-Secret1"  # noqa: S105 - invented
    redirect_uri: str = "https://hub.voorbeeld.example/exact/callback"


@dataclass(frozen=True, slots=True)
class OAuth:
    """Answers both addresses for the registered apps. `expires_in` is what is told, whatever the clock's pace."""

    tokens: Tokens
    apps: tuple[App, ...]
    expires_in: str = "600"

    def answer(self, request: Request) -> Answer:
        """Carry out one request."""
        if request.path == AUTHORIZE:
            return self._authorize(request)
        if request.method != "POST":
            return Answer(405)
        try:
            return self._granted(self._grant(request))
        except TokenRefused as refused:
            return self._refused(refused)

    def _authorize(self, request: Request) -> Answer:
        """A person agrees by opening the page: back to the app with a code. `user` is who, of several examples."""
        query = request.query
        app = next((app for app in self.apps if app.client_id == query.get("client_id")), None)
        if app is None:
            return html_answer(400, "Unknown client_id")
        if query.get("redirect_uri") != app.redirect_uri:
            return html_answer(400, "The redirect_uri is not the one that was registered")
        if query.get("response_type") != "code":
            return html_answer(400, "Unsupported response_type")
        code = self.tokens.consent(app.client_id, query.get("user", "ann"), app.redirect_uri)
        back = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        sign = "&" if "?" in app.redirect_uri else "?"
        return Answer(302, headers={"Location": f"{app.redirect_uri}{sign}{urlencode(back)}"})

    def _grant(self, request: Request) -> Chain:
        if "authorization" in request.headers:
            raise TokenRefused(401, "unauthorized_client", "An Authorization header is not expected here.")
        form = request.form
        app = next((app for app in self.apps if app.client_id == form.get("client_id")), None)
        if app is None or form.get("client_secret") != app.client_secret:
            raise TokenRefused(400, "invalid_request")
        if form.get("grant_type") == "authorization_code":
            return self.tokens.exchange(app.client_id, form.get("code", ""), form.get("redirect_uri", ""))
        if form.get("grant_type") != "refresh_token" or "refresh_token" not in form:
            raise TokenRefused(400, "invalid_request")
        return self.tokens.refresh(app.client_id, form["refresh_token"])

    def _granted(self, chain: Chain) -> Answer:
        pair = {"access_token": chain.access, "token_type": "bearer", "refresh_token": chain.refresh}
        return json_answer(200, pair | {"expires_in": self.expires_in})

    def _refused(self, refused: TokenRefused) -> Answer:
        body = {"error": refused.error}
        if refused.description:
            body["error_description"] = refused.description
        self.tokens.ledger.write("token", event="refused", why=refused.description or refused.error)
        answer = json_answer(refused.status, body, refused.description or refused.error)
        return answer.with_headers({"Reason": refused.reason}) if refused.reason else answer
