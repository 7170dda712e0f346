"""What a provider (or somebody between) may send and must not get away with; and keys of other kinds that must work."""
import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from conftest import Browser, reason


class Provider:
    """A provider that does what a test tells it. It checks PKCE and how the client shows who it is."""

    def __init__(self):
        self.keys = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
        self.sign_with = self.keys[0]
        self.header = {"alg": "RS256", "kid": "one"}
        self.change = {}
        self.methods = ["client_secret_basic"]
        self.userinfo = {}
        self.codes = {}
        self.key_reads = 0
        self.problems = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def say(self, value, status=200):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                path = urlsplit(self.path)
                if path.path == "/.well-known/openid-configuration":
                    self.say({"issuer": outer.base, "authorization_endpoint": outer.base + "/authorize", "token_endpoint": outer.base + "/token",
                              "userinfo_endpoint": outer.base + "/userinfo", "jwks_uri": outer.base + "/keys",
                              "token_endpoint_auth_methods_supported": outer.methods})
                elif path.path == "/keys":
                    outer.key_reads += 1
                    self.say({"keys": [key.as_dict(private=False) for key in outer.keys]})
                elif path.path == "/userinfo":
                    self.say(outer.userinfo)

            def do_POST(self):
                length = int(self.headers["content-length"])
                form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
                self.say(outer.token(form, self.headers.get("authorization")))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def code(self, query):
        self.codes["c"] = query
        return "c"

    def token(self, form, authorization):
        query = self.codes.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        basic = "Basic " + base64.b64encode(b"haneul:client%20secret").decode()
        if challenge != query["code_challenge"]:
            self.problems.append("PKCE")
        if form["redirect_uri"] != query["redirect_uri"] or form["grant_type"] != "authorization_code":
            self.problems.append("form")
        if (authorization != basic or "client_secret" in form) if "client_secret_basic" in self.methods else form.get("client_secret") != "client secret":
            self.problems.append("client")
        now = int(time.time())
        claims = {"iss": self.base, "aud": "haneul", "sub": "s", "exp": now + 300, "iat": now, "nonce": query["nonce"], "email": "s@example.com"}
        claims.update(self.change)
        claims = {k: v for k, v in claims.items() if v is not None}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.signed(claims)}

    def signed(self, claims):
        if self.header["alg"] == "none":
            encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
            return f"{encode(self.header)}.{encode(claims)}."
        if isinstance(self.sign_with, bytes):
            # By hand: the library refuses a public key as a secret, as it should.
            encode = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=").decode()
            signed = f"{encode(json.dumps(self.header).encode())}.{encode(json.dumps(claims).encode())}"
            return f"{signed}.{encode(hmac.new(self.sign_with, signed.encode(), hashlib.sha256).digest())}"
        return jwt.encode(self.header, claims, self.sign_with, algorithms=[self.header["alg"]])


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.server.shutdown()
    assert provider.problems == []


def sign_in(server, provider):
    browser = Browser()
    browser.begin(server)
    code = provider.code(browser.query)
    return browser.finish(f"{server.base}/oauth/oidc/callback?" + urlencode({"code": code, "state": browser.query["state"]}))


def test_each_check_of_the_id_token(start, provider):
    server = start(provider.base)
    assert sign_in(server, provider).headers["location"] == "/auth"
    now = int(time.time())
    for change, text in [
        ({"iss": "http://127.0.0.1:1"}, "another issuer"), ({"iss": None}, "another issuer"), ({"aud": "somebody"}, "somebody else"),
        ({"aud": None}, "somebody else"), ({"aud": ["haneul", "b"]}, "somebody else"), ({"aud": ["haneul", "b"], "azp": "b"}, "somebody else"),
        ({"azp": "b"}, "somebody else"), ({"exp": now - 3600}, "expired"), ({"exp": None}, "expired"), ({"iat": now + 3600}, "future"),
        ({"nonce": "guess"}, "another sign-in"), ({"nonce": None}, "another sign-in"), ({"sub": ""}, "nobody"), ({"sub": None}, "nobody"),
        ({"sub": "x" * 300}, "nobody"),
    ]:
        provider.change = change
        assert text in reason(sign_in(server, provider)), change
    provider.change = {"aud": ["haneul", "b"], "azp": "haneul"}
    assert sign_in(server, provider).headers["location"] == "/auth"


def test_signatures(start, provider):
    server = start(provider.base)
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    for header, key in [
        ({"alg": "RS256", "kid": "one"}, stranger),
        ({"alg": "none"}, None), ({"alg": "none", "kid": "one"}, None),
        # The public key as an HMAC secret: what a verifier falls for that lets the token choose.
        ({"alg": "HS256", "kid": "one"}, provider.keys[0].as_pem(private=False)), ({"alg": "HS256", "kid": "one"}, b"client secret"),
        ({"alg": "RS512", "kid": "one"}, provider.keys[0]),
        ({"alg": "ES256", "kid": "one"}, ECKey.generate_key("P-256")),
        ({"alg": "RS256", "kid": "one", "jwk": stranger.as_dict(private=False)}, stranger),
        ({"alg": "RS256", "kid": "one", "jku": "http://127.0.0.1:1/keys"}, stranger),
    ]:
        provider.header, provider.sign_with = header, key
        assert "sign" in reason(sign_in(server, provider)).lower(), header


def test_keys_change(start, provider):
    server = start(provider.base)
    assert sign_in(server, provider).headers["location"] == "/auth"
    reads = provider.key_reads
    assert sign_in(server, provider).headers["location"] == "/auth"
    assert provider.key_reads == reads
    time.sleep(11)  # Keys are not read more often than every ten seconds.
    new = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    provider.keys, provider.sign_with, provider.header = [new], new, {"alg": "ES256", "kid": "two"}
    assert sign_in(server, provider).headers["location"] == "/auth"
    assert provider.key_reads == reads + 1
    # A made-up key id does not make the server read again and again.
    provider.header = {"alg": "ES256", "kid": "made-up"}
    for _ in range(3):
        assert "does not publish" in reason(sign_in(server, provider))
    assert provider.key_reads == reads + 1


def test_small_rsa_keys_are_refused(start, provider):
    small = RSAKey.generate_key(1024, {"kid": "small"})
    provider.keys, provider.sign_with, provider.header = [small], small, {"alg": "RS256", "kid": "small"}
    assert "signature" in reason(sign_in(start(provider.base), provider))


def test_user_info_fills_what_the_token_lacks(start, provider):
    provider.methods = ["client_secret_post"]
    provider.change = {"email": None}
    provider.userinfo = {"sub": "another", "email": "else@example.com", "name": "Else"}
    server = start(provider.base)
    assert "error=" in sign_in(server, provider).headers["location"]
    provider.userinfo = {"sub": "s", "email": "info@example.com", "name": "Info", "iss": "x"}
    browser = Browser()
    browser.begin(server)
    browser.finish(f"{server.base}/oauth/oidc/callback?" + urlencode({"code": provider.code(browser.query), "state": browser.query["state"]}))
    assert server.get("/api/v1/auths/", browser.token()).json()["email"] == "info@example.com"
