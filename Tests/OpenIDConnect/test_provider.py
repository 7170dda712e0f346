"""Sign-in at a real identity provider."""
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import requests

from conftest import Browser, reason


def claims(idp, subject, **values):
    assert requests.put(f"{idp}/users/{subject}", json=values, timeout=10).status_code < 300


def me(server, browser):
    return server.get("/api/v1/auths/", browser.token()).json()


def test_first_and_second_sign_in(idp, start, browser):
    claims(idp, "sub-1", email="One@Example.com", name="One", email_verified=True)
    server = start(idp)
    assert server.get("/api/config").json()["oauth"]["providers"] == {"oidc": "SSO"}
    answer = browser.sign_in(server, "sub-1")
    assert answer.status_code == 302 and answer.headers["location"] == "/auth"
    assert "HttpOnly" in answer.headers["set-cookie"] and answer.headers["cache-control"] == "no-store"
    first = me(server, browser)
    assert (first["email"], first["name"], first["role"]) == ("one@example.com", "One", "user")
    # The subject counts, not the e-mail.
    claims(idp, "sub-1", email="new@example.com", name="Else")
    again = Browser()
    again.sign_in(server, "sub-1")
    assert me(server, again)["id"] == first["id"]
    # The session is one like any other: it can be ended.
    assert requests.post(server.base + "/api/v1/auths/signout", headers={"Authorization": "Bearer " + browser.token()}).status_code == 200
    assert server.get("/api/v1/auths/", browser.token()).status_code == 401
    assert server.get("/api/v1/auths/", again.token()).status_code == 200


def test_the_way_there(idp, start, browser):
    server = start(idp)
    query = parse_qs(urlsplit(browser.begin(server)).query)
    assert query["response_type"] == ["code"] and query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [server.base + "/oauth/oidc/callback"]
    assert len(query["state"][0]) >= 32 and len(query["nonce"][0]) >= 32 and len(query["code_challenge"][0]) == 43
    other = parse_qs(urlsplit(Browser().begin(server)).query)
    assert all(query[name] != other[name] for name in ("state", "nonce", "code_challenge"))
    # Nothing in the request says where the browser goes.
    answer = requests.get(server.base + "/oauth/oidc/login?redirect=https://evil.example&next=//evil.example", allow_redirects=False,
                          headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil" not in answer.headers["location"]
    for unknown in ("google", "..", "oidc%2f.."):
        assert server.get(f"/oauth/{unknown}/login").status_code in (200, 404)  # 200 is the page
        assert "location" not in server.get(f"/oauth/{unknown}/login").headers


def test_states_are_good_once_and_for_one_browser(idp, start, browser):
    claims(idp, "sub-2", email="two@example.com")
    server = start(idp)
    back = browser.approve(browser.begin(server), "sub-2")
    assert "expired" in reason(Browser().finish(back))
    thief = Browser()
    thief.begin(server)
    assert "expired" in reason(thief.finish(back))
    assert browser.finish(back).headers["location"] == "/auth"
    assert "expired" in reason(browser.finish(back))
    parts = urlsplit(back)
    for query in ({}, {"state": "x"}, {"code": "x"}, {"state": "x" * 5000, "code": "y" * 9000}, {"error": "access_denied"}):
        assert "expired" in reason(browser.finish(urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))))


def test_codes_of_others_are_refused(idp, start, browser):
    claims(idp, "sub-3", email="three@example.com")
    server = start(idp)
    back = browser.approve(browser.begin(server), "sub-3")
    victim = Browser()
    victim.begin(server)
    # The attacker's code in the victim's sign-in: the nonce of the ID token is not the victim's.
    query = parse_qs(urlsplit(back).query)
    forged = f"{server.base}/oauth/oidc/callback?" + urlencode({"code": query["code"][0], "state": victim.query["state"]})
    assert "another sign-in" in reason(victim.finish(forged))


def test_errors_of_the_provider(idp, start, browser):
    server = start(idp)
    browser.begin(server)
    answer = browser.finish(f"{server.base}/oauth/oidc/callback?" + urlencode({"error": "<script>", "state": browser.query["state"]}))
    assert "script" not in answer.headers["location"] and "did not let you in" in reason(answer)
    browser.begin(server)
    answer = browser.finish(f"{server.base}/oauth/oidc/callback?" + urlencode({"code": "made-up", "state": browser.query["state"]}))
    assert "cannot be used" in reason(answer)


def test_accounts_are_linked_only_by_verified_email(idp, start, browser):
    claims(idp, "sub-4", email="admin@example.com", email_verified=True)
    assert "already registered" in reason(Browser().sign_in(start(idp), "sub-4"))
    server = start(idp, OAUTH_MERGE_ACCOUNTS_BY_EMAIL="true")
    claims(idp, "sub-5", email="admin@example.com", email_verified=False)
    assert "already registered" in reason(Browser().sign_in(server, "sub-5"))
    claims(idp, "sub-6", email="admin@example.com")
    assert "already registered" in reason(Browser().sign_in(server, "sub-6"))
    browser.sign_in(server, "sub-4")
    assert me(server, browser)["role"] == "admin"
    # A second subject with the same e-mail does not get in beside it.
    claims(idp, "sub-7", email="admin@example.com", email_verified=True)
    assert "already registered" in reason(Browser().sign_in(server, "sub-7"))


def test_sign_up_and_domains(idp, start):
    claims(idp, "sub-8", email="eight@example.com")
    assert "permission" in reason(Browser().sign_in(start(idp, ENABLE_OAUTH_SIGNUP="false"), "sub-8"))
    server = start(idp, OAUTH_ALLOWED_DOMAINS="corp.example, example.org")
    assert "permission" in reason(Browser().sign_in(server, "sub-8"))
    claims(idp, "sub-9", email="x@notcorp.example")
    assert "permission" in reason(Browser().sign_in(server, "sub-9"))
    claims(idp, "sub-10", email="x@corp.example")
    assert Browser().sign_in(server, "sub-10").headers["location"] == "/auth"
    claims(idp, "sub-11", name="without")
    assert "error=" in Browser().sign_in(start(idp), "sub-11").headers["location"]


def test_roles(idp, start):
    settings = {"ENABLE_OAUTH_ROLE_MANAGEMENT": "true", "OAUTH_ROLES_CLAIM": "realm_access.roles", "OAUTH_ALLOWED_ROLES": "staff",
                "OAUTH_ADMIN_ROLES": "root"}
    server = start(idp, **settings)
    claims(idp, "role-1", email="r1@example.com", realm_access={"roles": ["root"]})
    claims(idp, "role-2", email="r2@example.com", realm_access={"roles": ["staff", "other"]})
    claims(idp, "role-3", email="r3@example.com", realm_access={"roles": ["admin"]})
    one, two = Browser(), Browser()
    one.sign_in(server, "role-1")
    two.sign_in(server, "role-2")
    assert (me(server, one)["role"], me(server, two)["role"]) == ("admin", "user")
    assert "permission" in reason(Browser().sign_in(server, "role-3"))
    # What the provider takes back is gone at the next sign-in, for sessions that are open, too.
    claims(idp, "role-1", email="r1@example.com", realm_access={"roles": ["staff"]})
    Browser().sign_in(server, "role-1")
    assert server.get("/api/v1/users/all", one.token()).status_code == 401


def test_groups(idp, start, browser):
    server = start(idp, ENABLE_OAUTH_GROUP_MANAGEMENT="true", ENABLE_OAUTH_GROUP_CREATION="true")
    headers = {"Authorization": "Bearer " + server.admin}
    requests.post(server.base + "/api/v1/groups/create", json={"name": "Readers", "description": ""}, headers=headers)

    def members():
        return {g["name"]: g["member_count"] for g in server.get("/api/v1/groups/", server.admin).json()}

    claims(idp, "group-1", email="g1@example.com", groups=["Readers", "Made"])
    browser.sign_in(server, "group-1")
    assert members() == {"Readers": 1, "Made": 1}
    claims(idp, "group-1", email="g1@example.com", groups=["Made"])
    Browser().sign_in(server, "group-1")
    assert members() == {"Readers": 0, "Made": 1}


def test_nothing_without_a_provider(start):
    server = start("http://127.0.0.1:9", OAUTH_CLIENT_ID="")
    assert server.get("/api/config").json()["oauth"]["providers"] == {}
    assert "location" not in server.get("/oauth/oidc/login").headers
    down = start("http://127.0.0.1:9")
    assert "cannot be" in reason(down.get("/oauth/oidc/login"))

