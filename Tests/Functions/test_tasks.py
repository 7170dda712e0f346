"""What models do beside answering, also those that are functions."""
import json, time
import pytest
from clients import grant, text

SEEN = '''
import json
class Pipe:
    def pipe(self, body, __task__=None, __task_body__=None, __metadata__=None, __user__=None):
        if __task__ is None:
            return "answer"
        return json.dumps({"title": "Named", "tags": ["one", "two"], "follow_ups": ["And?"], "task": __task__, "body": __task_body__,
            "metadata": {"task": __metadata__.get("task"), "chat": __metadata__["chat_id"]}, "user": __user__["name"], "prompt": body["messages"][0]["content"]})
'''
TALK = [{"role": "system", "content": "hush"}, {"role": "user", "content": "When does the harbour close?"}, {"role": "assistant", "content": "At ten."}]
FORMS = {
    "title": ("title_generation", {"messages": TALK}), "tags": ("tags_generation", {"messages": TALK}),
    "follow_up": ("follow_up_generation", {"messages": TALK}), "queries": ("query_generation", {"messages": TALK, "type": "web_search"}),
    "image_prompt": ("image_prompt_generation", {"messages": TALK}), "emoji": ("emoji_generation", {"prompt": "the harbour"}),
    "moa": ("moa_response_generation", {"prompt": "the harbour", "responses": ["first answer", "second answer"]}),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_function_is_told_its_task(admin, user, name):
    admin.add("seen", code=SEEN)
    grant(admin, "seen")
    task, form = FORMS[name]
    form = {"model": "seen", "chat_id": "local:5", **form}
    answer = user.ok("POST", f"/api/v1/tasks/{name}/completions", form)
    seen = json.loads(answer["choices"][0]["message"]["content"])
    assert seen["task"] == seen["metadata"]["task"] == task and seen["body"] == form and seen["metadata"]["chat"] == "local:5"
    assert seen["user"] == "Kit" and "harbour" in seen["prompt"] and "{{" not in seen["prompt"] and "hush" not in seen["prompt"]
    if name == "moa":
        assert "first answer" in seen["prompt"] and "second answer" in seen["prompt"]
    admin.remove("seen")


def test_a_saved_chat_is_named_by_its_function(admin):
    admin.add("seen", code=SEEN)
    body = {"save": True, "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True}}
    chat = admin.chat("seen", "hi", **body).headers["x-chat-id"]
    for _ in range(100):
        saved = admin.ok("GET", f"/api/v1/chats/{chat}")
        message = [m for m in saved["chat"]["history"]["messages"].values() if m["role"] == "assistant"][0]
        if message.get("followUps"):
            break
        time.sleep(0.1)
    assert saved["title"] == "Named" and message["followUps"] == ["And?"] and message["content"] == "answer"
    assert sorted(tag["name"] for tag in admin.ok("GET", f"/api/v1/chats/{chat}/tags")) == ["one", "two"]
    admin.remove("seen")


def test_who_may_not_use_the_model_may_not_have_it_work(admin, user):
    admin.add("hidden", code=SEEN)
    for name, (_, form) in FORMS.items():
        refused = user.call("POST", f"/api/v1/tasks/{name}/completions", {"model": "hidden", **form})
        assert refused.status_code == 404 and refused.json()["detail"] == "Model 'hidden' was not found"
        assert user.call("POST", f"/api/v1/tasks/{name}/completions", {"model": "no-such-model", **form}).json()["detail"] == "Model 'no-such-model' was not found"
    admin.remove("hidden")


@pytest.mark.parametrize("name, form, status", [
    ("title", {"messages": TALK}, 422), ("title", {"model": "echo-1"}, 422), ("title", {"model": "", "messages": []}, 400), ("title", {"model": 7, "messages": []}, 422),
    ("title", {"model": "echo-1", "messages": "x"}, 422), ("tags", {"model": "echo-1", "messages": ["x"]}, 400), ("emoji", {"model": "echo-1"}, 422),
    ("moa", {"model": "echo-1", "prompt": "x"}, 422), ("moa", {"model": "echo-1", "prompt": "x", "responses": [1]}, 422),
    ("auto", {"model": "echo-1", "prompt": "x"}, 400), ("queries", {"model": "echo-1", "messages": [], "type": "retrieval"}, 400),
    ("nothing", {"model": "echo-1"}, 405),
])
def test_bad_requests(admin, name, form, status):
    answer = admin.call("POST", f"/api/v1/tasks/{name}/completions", form)
    assert answer.status_code == status and answer.json()["detail"], answer.text


def test_settings_count(admin):
    before = admin.ok("GET", "/api/v1/tasks/config")
    assert {"TASK_MODEL", "TASK_MODEL_EXTERNAL", "TASK_MODEL_PARAMS", "ENABLE_AUTOCOMPLETE_GENERATION", "ENABLE_VOICE_MODE_PROMPT"} <= set(before)
    change = lambda **values: admin.ok("POST", "/api/v1/tasks/config/update", {**before, **values})
    try:
        change(ENABLE_TITLE_GENERATION=False, ENABLE_AUTOCOMPLETE_GENERATION=True, AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH=5,
               TASK_MODEL_EXTERNAL="echo-body", TASK_MODEL_PARAMS={"temperature": 0.25, "top_p": None},
               TAGS_GENERATION_PROMPT_TEMPLATE="{{USER_NAME}}: {{prompt:start:4}} / {{MESSAGES:END:1|end:3}} / {{nothing}}")
        assert admin.ok("POST", "/api/v1/tasks/title/completions", {"model": "echo-1", "messages": TALK}) == {"detail": "Title generation is disabled"}
        seen = admin.ok("POST", "/api/v1/tasks/tags/completions", {"model": "echo-1", "messages": TALK})
        sent = json.loads(seen["choices"][0]["message"]["content"])
        assert sent["messages"] == [{"role": "user", "content": "Admin: When / ASSISTANT: en. / {{nothing}}"}]
        assert sent["model"] == "echo-body" and sent["temperature"] == 0.25 and "top_p" not in sent and "task" not in sent
        assert admin.call("POST", "/api/v1/tasks/auto/completions", {"model": "echo-1", "prompt": "four"}).status_code == 200
        refused = admin.call("POST", "/api/v1/tasks/auto/completions", {"model": "echo-1", "prompt": "longer"})
        assert refused.status_code == 400 and refused.json()["detail"] == "Input prompt exceeds maximum length of 5"
        # The task model is not the one that puts answers together.
        mixed = {"model": "echo-1", "prompt": "q", "responses": ["a"], "stream": True}
        answer = admin.call("POST", "/api/v1/tasks/moa/completions", mixed)
        assert answer.headers["content-type"].startswith("text/event-stream") and answer.text.endswith("data: [DONE]\n\n")
        assert '"""a"""' in text([json.loads(line[6:]) for line in answer.text.split("\n") if line.startswith("data: {")])
    finally:
        admin.ok("POST", "/api/v1/tasks/config/update", before)
