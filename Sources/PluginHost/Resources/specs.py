# Tools as a model sees them: JSON schemas from type hints and docstrings.
import inspect
import re
import typing

PARAMETER = re.compile(r"^\s*:param\s+(?:[\w\[\], |.]+\s+)?(\w+)\s*:\s*(.*)$")


def tool_specs(instance):
    """`{name, description, parameters}` for each public method, in the order of the class."""
    specs = []
    seen = set()
    for owner in reversed(type(instance).__mro__):
        for name, value in vars(owner).items():
            if owner is object or name.startswith("_") or name in seen or inspect.isclass(value):
                continue
            handler = getattr(instance, name, None)
            if callable(handler) and (inspect.ismethod(handler) or inspect.isfunction(handler)):
                seen.add(name)
                specs.append(tool_spec(name, handler))
    return specs


def tool_spec(name, handler):
    summary, parameters = docstring(handler)
    spec = {"name": name, "description": summary or name}
    spec["parameters"] = clean(schema(model(handler, parameters)))
    spec["parameters"].pop("description", None)
    spec["parameters"].setdefault("properties", {})
    return spec


SECTION = re.compile(r"^\s*(Args|Arguments|Parameters|Returns?|Raises|Yields?|Examples?|Notes?):\s*$")
ARGUMENT = re.compile(r"^(\s+)\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


def docstring(handler):
    """The text before the first `:param`, and the texts of the parameters, which may also be a section `Args:` of that text."""
    summary, parameters, name = [], {}, None
    for line in (inspect.getdoc(handler) or "").splitlines():
        found = PARAMETER.match(line)
        if found:
            name = found.group(1)
            parameters[name] = found.group(2).strip()
        elif re.match(r"^\s*:(return|returns|raises|rtype|type)\b", line):
            name = ""
        elif name:
            parameters[name] = (parameters[name] + " " + line.strip()).strip()
        elif name is None:
            summary.append(line)
    return "\n".join(summary).strip(), parameters or section(summary)


def section(lines):
    """`name (type): text` below `Args:`."""
    parameters, name, depth, inside = {}, None, 0, False
    for line in lines:
        if found := SECTION.match(line):
            inside = found.group(1) in ("Args", "Arguments", "Parameters")
            name = None
        elif inside and (found := ARGUMENT.match(line)) and (name is None or len(found.group(1)) <= depth):
            name, depth = found.group(2), len(found.group(1))
            parameters[name] = found.group(3).strip()
        elif inside and name and line.strip():
            parameters[name] = f"{parameters[name]} {line.strip()}".strip()
    return parameters


def schema(found):
    """A parameter whose type has no schema may be anything."""
    from pydantic import create_model

    try:
        return found.model_json_schema()
    except Exception:  # noqa: BLE001
        fields = {}
        for name, field in found.model_fields.items():
            try:
                create_model("Parameter", __config__=found.model_config, **{name: (field.annotation, field)}).model_json_schema()
                fields[name] = (field.annotation, field)
            except Exception:  # noqa: BLE001
                fields[name] = (typing.Any, ... if field.is_required() else None)
        return create_model(found.__name__, __config__=found.model_config, **fields).model_json_schema()


def hints(handler):
    try:
        return typing.get_type_hints(handler, include_extras=True)
    except Exception:  # noqa: BLE001 - a hint that names something that is not there
        return getattr(handler, "__annotations__", {})


def model(handler, texts):
    from pydantic import ConfigDict, Field, create_model
    from pydantic.fields import FieldInfo

    known = hints(handler)
    fields = {}
    for name, parameter in inspect.signature(handler).parameters.items():
        if name.startswith("__") or name == "self" or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        hint = known.get(name, typing.Any if parameter.default is parameter.empty else type(parameter.default))
        if parameter.default is None and name not in known:
            hint = typing.Any
        if isinstance(parameter.default, FieldInfo):
            fields[name] = (hint, parameter.default)
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hint, Field(default, description=texts[name]) if name in texts else Field(default))
    return create_model(handler.__name__, __config__=ConfigDict(arbitrary_types_allowed=True, protected_namespaces=()), **fields)


def clean(schema):
    """Without the titles that nobody wrote."""
    if isinstance(schema, dict):
        return {
            key: clean(value) if key != "properties" else {name: clean(part) for name, part in value.items()}
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [clean(part) for part in schema]
    return schema


def convert(handler, arguments):
    """Arguments as the hints want them (`"3"` for an int, a dictionary for a model), or a message a model can act on."""
    from pydantic import ValidationError

    try:
        checked = model(handler, {})(**arguments)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise ValueError(f"the arguments do not fit: {problems}") from None
    return {name: getattr(checked, name) for name in type(checked).model_fields if name in arguments or not required_default(handler, name)}


def required_default(handler, name):
    """Whether the method's own default should stay."""
    return inspect.signature(handler).parameters[name].default is not inspect.Parameter.empty
