# `open_webui.utils.misc`: messages and templates.
import hashlib
import os
import re
import time
import uuid


def get_content_from_message(message):
    content = message.get("content")
    if isinstance(content, list):
        return next((part.get("text") for part in content if part.get("type") == "text"), None)
    return content


def get_last_message_item(messages, role):
    return next((m for m in reversed(messages) if m.get("role") == role), None)


def get_last_user_message_item(messages):
    return get_last_message_item(messages, "user")


def get_last_user_message(messages):
    message = get_last_user_message_item(messages)
    return get_content_from_message(message) if message else None


def get_last_assistant_message_item(messages):
    return get_last_message_item(messages, "assistant")


def get_last_assistant_message(messages):
    message = get_last_assistant_message_item(messages)
    return get_content_from_message(message) if message else None


def get_system_message(messages):
    return next((m for m in messages if m.get("role") == "system"), None)


def remove_system_message(messages):
    return [m for m in messages if m.get("role") != "system"]


def pop_system_message(messages):
    return get_system_message(messages), remove_system_message(messages)


def put_text(message, text, append):
    content = message.get("content")
    joined = lambda old: f"{old}\n{text}" if append else f"{text}\n{old}"
    if isinstance(content, list):
        for part in content:
            if part.get("type") == "text":
                part["text"] = joined(part.get("text", ""))
                return message
        content.append({"type": "text", "text": text})
    else:
        message["content"] = joined(content or "")
    return message


def add_or_update_system_message(content, messages, append=False):
    if messages and messages[0].get("role") == "system":
        put_text(messages[0], content, append)
    else:
        messages.insert(0, {"role": "system", "content": content})
    return messages


def replace_system_message_content(content, messages):
    for message in messages:
        if message.get("role") == "system":
            message["content"] = content
            break
    return messages


def add_or_update_user_message(content, messages, append=True):
    if messages and messages[-1].get("role") == "user":
        put_text(messages[-1], content, append)
    else:
        messages.append({"role": "user", "content": content})
    return messages


def prepend_to_first_user_message_content(content, messages):
    for message in messages:
        if message.get("role") == "user":
            put_text(message, content, False)
            break
    return messages


def append_or_update_assistant_message(content, messages):
    if messages and messages[-1].get("role") == "assistant":
        put_text(messages[-1], content, True)
    else:
        messages.append({"role": "assistant", "content": content})
    return messages


def get_messages_content(messages):
    return "\n".join(f"{m.get('role', '').upper()}: {get_content_from_message(m)}" for m in messages)


def get_message_list(messages, message_id):
    chain, seen = [], set()
    current_id = message_id
    while current_id in messages and current_id not in seen:
        seen.add(current_id)
        chain.append(messages[current_id])
        current_id = messages[current_id].get("parentId")
    return chain[::-1]


def openai_chat_message_template(model):
    return {
        "id": f"{model}-{uuid.uuid4()}", "created": int(time.time()), "model": model,
        "choices": [{"index": 0, "logprobs": None, "finish_reason": None}],
    }


def openai_chat_chunk_message_template(model, content=None, reasoning_content=None, tool_calls=None, usage=None):
    result = openai_chat_message_template(model)
    result["object"] = "chat.completion.chunk"
    choice = result["choices"][0]
    choice["delta"] = {}
    for key, value in (("content", content), ("reasoning_content", reasoning_content), ("tool_calls", tool_calls)):
        if value:
            choice["delta"][key] = value
    if not choice["delta"]:
        choice["finish_reason"] = "stop"
    if usage:
        result["usage"] = usage
    return result


def openai_chat_completion_message_template(model, message=None, reasoning_content=None, tool_calls=None, usage=None):
    result = openai_chat_message_template(model)
    result["object"] = "chat.completion"
    if message is not None:
        answer = {"role": "assistant", "content": message}
        if reasoning_content:
            answer["reasoning_content"] = reasoning_content
        if tool_calls:
            answer["tool_calls"] = tool_calls
        result["choices"][0]["message"] = answer
    result["choices"][0]["finish_reason"] = "stop"
    if usage:
        result["usage"] = usage
    return result


def calculate_sha256_string(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sanitize_filename(name):
    return re.sub(r"[^\w\d-]", "_", os.path.splitext(name)[0]).lower() + os.path.splitext(name)[1]


def stream_message_template(model, message):
    return openai_chat_chunk_message_template(model, message)


def set_last_user_message_content(content, messages):
    message = get_last_user_message_item(messages)
    if message is not None:
        if isinstance(message.get("content"), list):
            for part in message["content"]:
                if part.get("type") == "text":
                    part["text"] = content
                    break
        else:
            message["content"] = content
    return messages


def deep_update(target, source):
    for key, value in source.items():
        target[key] = deep_update(target.get(key) or {}, value) if isinstance(value, dict) else value
    return target


def calculate_sha256(file, chunk_size=8192):
    digest = hashlib.sha256()
    while chunk := file.read(chunk_size):
        digest.update(chunk)
    return digest.hexdigest()


def validate_email_format(email):
    return bool(re.match(r"[^@]+@[^@]+\.[^@]+", email))


def get_gravatar_url(email):
    return f"https://www.gravatar.com/avatar/{calculate_sha256_string(str(email).strip().lower())}?d=mp"


def names():
    """What the module offers."""
    found = (
        get_content_from_message, get_last_user_message_item, get_last_user_message, get_last_assistant_message_item,
        get_last_assistant_message, get_system_message, remove_system_message, pop_system_message, add_or_update_system_message,
        replace_system_message_content, add_or_update_user_message, prepend_to_first_user_message_content,
        append_or_update_assistant_message, get_messages_content, get_message_list, openai_chat_message_template,
        openai_chat_chunk_message_template, openai_chat_completion_message_template, calculate_sha256_string, sanitize_filename,
        stream_message_template, set_last_user_message_content, deep_update, calculate_sha256, validate_email_format, get_gravatar_url)
    return {function.__name__: function for function in found}
