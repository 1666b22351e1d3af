"""Write the pages that are made of the code: every key, every command, the verification cases, the index of decisions."""

from __future__ import annotations

import ast
import base64
import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
VERIFICATION = ROOT / "tests" / "verification"
ERRORS = ROOT / "docs" / "verification.csv"
DECISIONS = ROOT / "docs" / "decisions.md"
NOTEBOOKS = ROOT / "experiments" / "notebooks"


def write_pages(folder: Path) -> None:
    """Write every generated part into a folder; pages include them."""
    folder.mkdir(exist_ok=True)
    parts = {
        "keys": format_keys(),
        "commands": format_commands(),
        "verification": format_verification(),
        "decisions": format_decision_index(DECISIONS.read_text(encoding="utf-8")),
        "api": format_api(),
        "rooms": format_rooms(),
        "notebooks": "\n".join(format_notebook(path, folder) for path in sorted(NOTEBOOKS.glob("*.ipynb"))),
    }
    for name, text in parts.items():
        (folder / f"{name}.part.md").write_text(text, encoding="utf-8")


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table; a bar in a cell is escaped and a line break becomes a space."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )


# Every key ------------------------------------------------------------------------------------------------------------


def format_keys() -> str:
    """Format the tables of all keys: settings as `configs/` has them, then the scenario file."""
    from konvoi.config.scenario import Scenario
    from konvoi.config.settings import RunConfig
    from konvoi.options import DesignSettings, DoorSettings

    defaults, remarks = read_settings()
    fields = RunConfig.model_fields
    sections = [name for name, field in fields.items() if name != "scenario" and find_section(field.annotation)]
    parts = ["## Settings\n"]
    for name in sections:
        section = find_section(fields[name].annotation)
        assert section is not None
        parts.append(_format_section(name, section, section.__doc__ or "", defaults, remarks))
    design = {"design": DesignSettings}
    for name, section in design.items():
        parts.append(_format_section(name, section, section.__doc__ or "", defaults, remarks))
    loose = {name: field for name, field in DoorSettings.model_fields.items() if name != "design"}
    loose |= {name: fields[name] for name in ("seed", "sampling")}
    rows = [row for name, field in loose.items() for row in list_rows(name, field, defaults, remarks)]
    parts.append("### The run itself\n\n" + _format_rows(rows))
    parts.append("## Scenario file\n\n" + (Scenario.__doc__ or "") + "\n")
    rows = [row for name, field in Scenario.model_fields.items() for row in list_rows(name, field, {}, {})]
    parts.append(_format_rows(rows))
    return "\n".join(parts)


def _format_section(
    name: str, section: type[BaseModel], doc: str, defaults: Mapping[str, Any], remarks: Mapping[str, str]
) -> str:
    rows = [
        row
        for key, field in section.model_fields.items()
        for row in list_rows(f"{name}.{key}", field, defaults, remarks)
    ]
    return f"### `{name}`\n\n{' '.join(doc.split())}\n\n{_format_rows(rows)}"


def _format_rows(rows: Sequence[Sequence[str]]) -> str:
    return format_table(["key", "default", "allowed", "meaning"], rows)


def read_settings() -> tuple[dict[str, Any], dict[str, str]]:
    """Read the defaults in `configs/` and the comments behind them, by key path."""
    values: dict[str, Any] = {}
    remarks: dict[str, str] = {}
    configs = ROOT / "configs"
    for path in [configs / "config.yaml", *sorted(configs.glob("*/default.yaml"))]:
        text = path.read_text(encoding="utf-8")
        prefix = "" if path.parent == configs else f"{path.parent.name}."
        values |= {prefix + key: value for key, value in _flatten(yaml.safe_load(text))}
        if prefix:  # those of config.yaml, a menu, say what the schema says
            remarks |= {prefix + key: remark for key, remark in list_remarks(text)}
    return values, remarks


def _flatten(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """List values of nested mappings by dotted key."""
    for key, value in content.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def list_remarks(text: str) -> Iterator[tuple[str, str]]:
    """List the comments behind the keys of a YAML file, by dotted key."""
    parents: list[tuple[int, str]] = []
    for line in text.splitlines():
        found = re.match(r"^( *)([A-Za-z0-9_]+):(?:[^#]|#(?<! #))*?(?: # ?(.*))?$", line)
        if found is None:
            continue
        indent, key, remark = len(found[1]), found[2], found[3]
        parents = [parent for parent in parents if parent[0] < indent] + [(indent, key)]
        if remark:
            yield ".".join(name for _, name in parents), remark


def list_rows(
    path: str, field: FieldInfo, defaults: Mapping[str, Any], remarks: Mapping[str, str]
) -> Iterator[list[str]]:
    """List the rows of a key: its own, or those of the section it holds."""
    section = find_section(field.annotation)
    meaning, remark = _end(field.description or ""), remarks.get(path, "")
    remark = f" *{_end(remark)}*" if remark and _end(remark) != meaning else ""
    if section is None:
        yield [f"`{path}`", _format_default(path, field, defaults), describe_allowed(field), meaning + remark]
        return
    many = get_origin(_strip(field.annotation)) is dict
    listed = get_origin(_strip(field.annotation)) is tuple
    inner = f"{path}.KEY" if many else f"{path}[]" if listed else path
    if meaning:
        default = _format_default(path, field, defaults) if many or listed else ""
        yield [f"`{path}`", default, "", f"**{meaning}**{remark}"]
    for name, part in section.model_fields.items():
        yield from list_rows(f"{inner}.{name}", part, defaults, remarks)


def _end(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


def _format_default(path: str, field: FieldInfo, defaults: Mapping[str, Any]) -> str:
    if path in defaults:
        value = defaults[path]
    elif field.is_required():
        return "required"
    else:
        value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return ""
    if value is None or value in ("", (), [], {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _strip(annotation: Any) -> Any:
    """Take Annotated and 'or None' off a type."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not NoneType]
        if len(parts) == 1:
            return _strip(parts[0])
    return annotation


def find_section(annotation: Any) -> type[BaseModel] | None:
    """Find the section a type holds: directly, or as the values of a mapping or list."""
    annotation = _strip(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple, list):
        return next(filter(None, map(find_section, get_args(annotation))), None)
    return None


def describe_allowed(field: FieldInfo) -> str:
    """Describe what a key may be: its range, its choices or its kind."""
    return _describe(field.annotation, field.metadata)


def _describe(annotation: Any, metadata: Sequence[Any]) -> str:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        nested = [item for part in more for item in (part.metadata if isinstance(part, FieldInfo) else [part])]
        return _describe(inner, [*metadata, *nested])
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        parts = [_describe(part, metadata) for part in get_args(annotation) if part is not NoneType]
        return " or ".join(dict.fromkeys(parts))
    if annotation is bool:
        return "`true`, `false`"
    if annotation in (int, float):
        return _describe_range(metadata) or ("whole number" if annotation is int else "number")
    if get_origin(annotation) in (dict, tuple, list):
        return "mapping" if get_origin(annotation) is dict else "list"
    return "text" if annotation is str else ""


def _describe_range(metadata: Sequence[Any]) -> str:
    bounds = {
        name: getattr(item, name) for item in metadata for name in ("ge", "gt", "le", "lt") if hasattr(item, name)
    }
    bounds = {name: int(bound) if bound == int(bound) else bound for name, bound in bounds.items()}
    low = f"{bounds['ge']:,}" if "ge" in bounds else f"over {bounds['gt']:,}" if "gt" in bounds else ""
    high = f"{bounds['le']:,}" if "le" in bounds else f"below {bounds['lt']:,}" if "lt" in bounds else ""
    return f"{low} to {high}" if low and high else low or high


# Every command --------------------------------------------------------------------------------------------------------


def format_commands() -> str:
    """Format the help of every command, as the console prints it."""
    from konvoi.cli import VERBS, format_help

    return "\n".join(f"## konvoi {verb}\n\n```text\n{format_help(verb, 'en')}\n```\n" for verb in VERBS)


# Verification ---------------------------------------------------------------------------------------------------------


def list_cases() -> list[tuple[Path, str, list[str]]]:
    """List the verification files, V-cases first: path, what its docstring claims, the sentences of its tests."""
    found = []
    for path in sorted(
        VERIFICATION.glob("test_*.py"), key=lambda path: (not path.stem.startswith("test_v"), path.stem)
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            node.name.removeprefix("test_").replace("_", " ")
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        found.append((path, ast.get_docstring(tree) or "", names))
    return found


def read_errors() -> dict[str, dict[str, str]]:
    """Read the table of measured errors by test file."""
    with ERRORS.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def format_verification() -> str:
    """Format the table of verification cases."""
    errors = read_errors()
    rows = []
    for path, docstring, names in list_cases():
        claim, _, _ = docstring.partition("\n\n")
        case, colon, answer = claim.partition(":")
        is_case = bool(colon) and case.startswith("V")
        row = errors[path.stem]
        rows.append(
            [
                case if is_case else "",
                " ".join((answer if is_case else claim).split()),
                f"`{path.stem}`: " + "; ".join(names),
                row["tolerance"],
                row["largest_error"],
            ]
        )
    return format_table(["case", "what must hold", "tests", "tolerance", "largest error"], rows)


# API ------------------------------------------------------------------------------------------------------------------

PACKAGE = ROOT / "sim" / "konvoi"
DESCRIBED = ("contacts", "measures", "theory", "study", "propose")  # rooms whose functions others may want to call
INNER = {
    "census",
    "merge",
    "proximity",
    "segments",
    "rides",
    "crowds",
    "rows",
    "sides",
    "stretches",
    "traces",
}  # kernels and their arrays


def format_api() -> str:
    """Format the directives that describe the functions of the rooms one may want to call."""
    parts = []
    for room in DESCRIBED:
        parts.append(f"## konvoi.{room}\n")
        names = [path.stem for path in sorted((PACKAGE / room).glob("*.py")) if path.stem not in {"__init__", *INNER}]
        directives = "\n".join(f".. automodule:: konvoi.{room}.{name}\n   :members:\n" for name in names)
        parts += [f"```{{eval-rst}}\n{directives}```\n"]
    return "\n".join(parts)


def format_rooms() -> str:
    """Format the table of all modules: what each file is for, in the words of its first line."""
    rows = []
    for path in sorted(PACKAGE.rglob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if docstring and name != "konvoi":
            rows.append([f"`{name}`", " ".join(docstring.partition("\n\n")[0].split())])
    return format_table(["module", "what it is for"], rows)


# Notebooks ------------------------------------------------------------------------------------------------------------


def format_notebook(path: Path, folder: Path) -> str:
    """Format an executed notebook: its text, its code and what the code printed; pictures are written beside the page."""
    parts = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(re.sub(r"^#", "##", source, flags=re.MULTILINE))
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            content = output.get("data", {})
            if "image/png" in content:
                picture = folder / f"{path.stem}-{number}.png"
                picture.write_bytes(base64.b64decode(content["image/png"]))
                parts.append(f"![what the cell drew]({folder.name}/{picture.name})")
            else:
                text = "".join(content.get("text/plain", output.get("text", "")))
                parts.append(f"```text\n{text.rstrip()}\n```")
    return "\n\n".join([*parts, f"*`experiments/notebooks/{path.name}`*\n"])


# Decisions ------------------------------------------------------------------------------------------------------------


def format_decision_index(text: str) -> str:
    """Format the index of decisions: headings of the second level with the date below each, by subject."""
    rows = [
        [date, f"[{title}](#{make_anchor(title)})"]
        for title, date in re.findall(r"^### (.+)\n+\*(\d{4}-\d{2}-\d{2})\*", text, re.MULTILINE)
    ]
    return format_table(["date", "decision"], rows)


def make_anchor(title: str) -> str:
    """Make the anchor of a heading as GitHub and MyST do."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    write_pages(ROOT / "docs" / "generated")
