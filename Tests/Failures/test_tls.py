"""Upstreams behind TLS: trusted when their certificate is vouched for, refused when it is not."""
import json
import subprocess

import pytest

from conftest import Server, Upstream, World, eventually


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=upstream", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"], check=True, capture_output=True)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_must_be_vouched_for(request, certificate, is_trusted):
    plain = Upstream(["plain"])
    secure = Upstream(["secure", "count"], *certificate)
    server = Server(
        request.config.getoption("--binary"), [plain, secure],
        {"OPENAI_API_CONFIGS": json.dumps({"1": {"model_ids": ["secure", "count"]}}), **({"UPSTREAM_CA_FILE": str(certificate[0])} if is_trusted else {})})
    world = World.__new__(World)
    world.server = server
    try:
        for way in ("relay", "long"):
            for stream in (False, True):
                status, headers, data = world.chat("count", way, stream)
                if is_trusted:
                    assert status == 200 and headers["x-haneul-upstream"] == "openai:1" and b"9 " in data
                else:
                    assert status == 500 and "detail" in json.loads(data)
        assert eventually(lambda: secure.state()["served"] == (4 if is_trusted else 0))
    finally:
        for upstream in (plain, secure):
            upstream.kill()
        assert server.stop() == 0
