"""Whose rights and whose budget count when functions ask the server, and what no function gets, whatever it says."""
import json, time, uuid
import pytest, requests
from clients import BASE, Client, grant


ASKING = '''
from open_webui.utils.chat import generate_chat_completion
from open_webui.models.users import Users
from open_webui.models.files import Files
from open_webui.models.chats import Chats
from open_webui.models.models import Models
class Pipe:
    async def pipe(self, body, __user__, __request__, __files__):
        if __files__:
            return Files.get_file_by_id(__files__[0]["id"]).filename
        what, _, rest = body["messages"][-1]["content"].partition(" ")
        if what == "model":
            answer = await generate_chat_completion(
                __request__, {"model": rest, "messages": [{"role": "user", "content": "x"}]}, await Users.get_user_by_id(__user__["id"]))
            return answer["choices"][0]["message"]["content"]
        if what == "many":
            for i in range(int(rest)):
                await generate_chat_completion(__request__, {"model": "echo-1", "messages": [{"role": "user", "content": "x"}]}, None)
            return "asked"
        if what == "as":
            return await generate_chat_completion(
                __request__, {"model": "echo-1", "messages": [{"role": "user", "content": "x"}]}, {"id": rest, "role": "admin"})
        if what == "file":
            found = Files.get_file_by_id(rest)
            return found.filename if found else "none"
        if what == "chat":
            return Chats.get_chat_by_id(rest).title
        if what == "models":
            return str(Models.get_model_by_id("echo-1").id)
'''


@pytest.fixture
def asking(admin):
    admin.add("asking", code=ASKING)
    grant(admin, "asking")
    grant(admin, "echo-1")


def key(client, **limits):
    made = client.ok("POST", "/api/v1/auths/api_keys", {"name": "k", "limits": limits})
    return Client(made.get("key") or made["api_key"])


def rows(admin, **query):
    for _ in range(50):
        found = admin.call("GET", "/api/v1/usage", params={"group": "model,upstream,user", **query}).json()["items"]
        if found:
            return {(row["model"], row["upstream"]): row for row in found}
        time.sleep(0.1)


def test_inner_calls_are_on_the_callers_account(admin, asking, user):
    assert user.say("asking", "model echo-1") == "echo: x"
    assert user.say("asking", "many 3") == "asked"
    me = user.ok("GET", "/api/v1/auths/")["id"]
    seen = {}
    for _ in range(50):
        seen = rows(admin, user_id=me) or {}
        if len(seen) == 2:
            break
        time.sleep(0.1)
    assert {(model, upstream.split(":")[0]): row["calls"] for (model, upstream), row in seen.items()} == {
        ("asking", "function"): 2, ("echo-1", "openai"): 4}, seen
    assert [upstream for model, upstream in seen if model == "asking"] == ["function:asking"]


def test_a_manifold_is_one_upstream(admin, user):
    admin.add("man", code="class Pipe:\n    def pipes(self):\n        return [{'id': 'a.b', 'name': 'A'}]\n    def pipe(self, body):\n        raise ValueError('no')\n")
    grant(admin, "man.a.b")
    assert user.chat("man.a.b", "x").status_code == 400
    assert list(rows(admin, user_id=user.ok("GET", "/api/v1/auths/")["id"])) == [("man.a.b", "function:man")]
    admin.remove("man")


@pytest.mark.parametrize("question, status, words", [
    ("model echo-2", 400, "Model not found"), ("file 12345", 403, "files"), ("chat 12345", 403, "chats"), ("models", 403, "models")])
def test_what_a_key_may_not_do_its_functions_may_not(admin, asking, question, status, words):
    limited = key(admin, scopes=["chat"], models=["asking", "echo-1"])
    assert limited.say("asking", "model echo-1") == "echo: x"
    refused = limited.chat("asking", question)
    assert refused.status_code == status and words in refused.json()["detail"], refused.text


def test_a_file_that_the_request_names_may_be_read(admin, asking):
    file = requests.post(
        BASE + "/api/v1/files/?process_in_background=false", files={"file": ("mine.txt", b"some words")},
        headers={"Authorization": f"Bearer {admin.token}"}).json()["id"]
    limited = key(admin, scopes=["chat"])
    assert limited.chat("asking", f"file {file}").status_code == 403
    assert limited.say("asking", "this one", files=[{"type": "file", "id": file}]) == "mine.txt"


def test_limits_of_a_key_hold_for_what_its_functions_ask(admin, asking):
    limited = key(admin, requests_per_minute=4)
    assert limited.say("asking", "many 3") == "asked"
    refused = limited.chat("asking", "many 1")
    assert refused.status_code == 429, "all four were used"
    other = key(admin, requests_per_minute=4)
    refused = other.chat("asking", "many 9")
    assert refused.status_code == 429 and "rate limit" in refused.json()["detail"], refused.text


@pytest.mark.parametrize("streamed", [False, True])
def test_a_function_cannot_act_for_somebody_else(admin, asking, user, streamed):
    boss = admin.ok("GET", "/api/v1/auths/")["id"]
    refused = user.chat("asking", f"as {boss}", stream=streamed)
    assert refused.status_code == 403 and "nobody else" in refused.json()["detail"]


def test_words_of_the_channel_do_not_change_whose_call_it_is(admin, user):
    """Code that speaks to the server itself, past the helpers, with everything it can think of."""
    admin.add("forger", code='''
import json, sys, concurrent.futures
class Pipe:
    async def pipe(self, body, __user__):
        other = body["messages"][-1]["content"]
        call = sys.modules["haneul_call"].current.get()
        call.order["user"] = {"id": other, "role": "admin"}
        answer = await call.ask_async("user", id=other, user={"id": other}, principal=other)
        seen = {"other": answer["value"]}
        for name in ("delete", "settings", "user_by_email", "valves", "users"):
            try:
                seen[name] = (await call.ask_async(name, id=other))["value"]
            except Exception as error:
                seen[name] = type(error).__name__
        try:
            answer = await call.ask_async("complete", body={"model": "secret-model-of-the-admin", "messages": [], "user": other, "principal": other})
            seen["complete"] = answer
        except Exception as error:
            seen["complete"] = str(error)
        return json.dumps(seen)
''')
    grant(admin, "forger")
    seen = json.loads(user.say("forger", admin.ok("GET", "/api/v1/auths/")["id"]))
    assert seen.pop("other") is None and "Model not found" in seen.pop("complete")
    assert set(seen.values()) == {"HTTPException"}, seen
    admin.remove("forger")


