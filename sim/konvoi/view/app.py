"""The page as Solara and Mesa see it: one widget that draws, one model per viewer, and SolaraViz around it.

Nothing of a day lives in this module: every viewer's page builds its own. What the command was started with does.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anywidget
import mesa
import solara
import traitlets
from mesa.visualization import SolaraViz

from konvoi.errors import RallyError
from konvoi.view.choices import (
    CONTROLS,
    Desk,
    apply_choices,
    describe_controls,
    open_preset,
    read_choices,
)
from konvoi.view.page_words import build_page_words, say
from konvoi.view.replay import build_replay, read_script, read_style
from konvoi.view.session import Session
from konvoi.words import LANGUAGES

logger = logging.getLogger("konvoi.view")

WIDGET = """
export default {
  async render({ model, el }) {
    const root = document.createElement("div");
    // The page takes the whole window; ?mesa in the address shows it beside the panel of Mesa's SolaraViz.
    const hasMesa = new URLSearchParams(window.location.search).has("mesa");
    if (hasMesa) el.append(Object.assign(document.createElement("div"), { className: "k-beside" }));
    (hasMesa ? el.lastChild : document.body).append(root);
    const page = await openKonvoi(root, { ...model.get("start"), isReplay: false, send: (message) => model.send(message) });
    if (!page) return;
    let turn = Promise.resolve(); // messages one after the other
    const hear = (message, buffers) => {
      const block = buffers && buffers[0];
      const bytes = block && new Uint8Array(block.buffer ? block.buffer.slice(block.byteOffset, block.byteOffset + block.byteLength) : block);
      turn = turn.then(() => page.receive(message, bytes)).catch((fault) => console.error(fault));
    };
    model.on("msg:custom", hear);
    model.send({ type: "ready" });
    return () => {
      model.off("msg:custom", hear);
      page.close();
      root.remove();
    };
  },
};
"""


@dataclass(frozen=True)
class Door:
    """What the command was started with: where every viewer's page begins."""

    desk: Desk
    lang: str = "id"
    verdict: dict[str, str] | None = None
    tiles: str | None = None


_door: Door | None = None


def open_door(door: Door) -> None:
    """Say where pages begin."""
    global _door
    _door = door


class RallyDay(mesa.Model):
    """What SolaraViz calls the model: it is made anew from choices, as its Reset does. The one adapter.

    Parameters
    ----------
    desk
        What to start from.
    kwargs
        Values of the page's controls (`konvoi.view.choices`); SolaraViz knows them by this name only.
    """

    def __init__(self, desk: Desk, **kwargs: Any) -> None:
        super().__init__(rng=0)  # the engine has no chance of its own
        self.session = Session(apply_choices(desk, kwargs) if kwargs else desk)
        self.running = self.session.model.running

    def step(self) -> None:
        """Let the rally's model take a step; its day is over already, so that it can be shown forwards and back."""
        self.session.model.step()


class RallyView(anywidget.AnyWidget):
    """The map, the timeline, the controls and the charts; days come to it as messages."""

    _esm = read_script() + WIDGET
    _css = read_style()
    start = traitlets.Dict().tag(sync=True)


def list_mesa_controls(desk: Desk) -> dict[str, Any]:
    """List the controls for Mesa's own panel."""
    values = read_choices(desk)
    sliders = {
        control.name: {
            "type": "SliderFloat",
            "label": say(f"control_{control.name}", "en"),
            "value": float(values[control.name]),
            "min": control.low,
            "max": control.high,
            "step": control.step,
        }
        for control in CONTROLS
        if not control.is_whole
    }
    return {"desk": desk, **sliders}


@solara.component
def Page() -> None:  # noqa: N802 - a component
    """One viewer's page."""
    assert _door is not None, "open_door is called first"
    door = _door
    first = solara.use_memo(lambda: RallyDay(door.desk), [])
    model = solara.use_reactive(first)
    start = solara.use_memo(
        lambda: {"words": build_page_words(), "lang": door.lang, "verdict": door.verdict, "tiles": door.tiles}, []
    )
    controls = solara.use_memo(lambda: list_mesa_controls(door.desk), [])
    SolaraViz(model, components=[], model_params=controls, name="konvoi")
    element = RallyView.element(start=start)

    pen = solara.use_ref(None)

    def connect() -> Callable[[], None]:
        widget = solara.get_widget(element)
        pen.current = Pen(widget)

        def answer(_: Any, message: dict[str, Any], __: Any) -> None:
            handle_message(message, model, pen.current)

        widget.on_msg(answer)
        return lambda: widget.on_msg(answer, remove=True)

    def push() -> None:
        if model.value is not first:
            pen.current.send_day(model.value.session)

    solara.use_effect(connect, [])
    solara.use_effect(push, [model.value])


class Pen:
    """Writes to one viewer's page."""

    def __init__(self, widget: RallyView) -> None:
        self.widget = widget
        self.ground: bytes | None = None  # what the page has

    def send_day(self, session: Session) -> None:
        """Send the day, and the ground where the page has another one."""
        if session.ground is not self.ground:
            self.widget.send({"type": "ground"}, [session.ground])
            self.ground = session.ground
        self.widget.send({"type": "day", "controls": describe_controls(session.desk)}, [session.day.message])

    def send_fault(self, lines: dict[str, list[str]]) -> None:
        """Say what is wrong, in every language."""
        self.widget.send({"type": "fault", "lines": lines})

    def send_file(self, name: str, content: bytes) -> None:
        """Send a file to be saved."""
        self.widget.send({"type": "file", "name": name}, [content])


def show_day(model: solara.Reactive[RallyDay], desk: Desk) -> None:
    """Replace a viewer's model by one of other choices."""
    model.value = RallyDay(desk)
    # A model and its agents hold each other; Python's collector counts objects, not their megabytes, and would wait.
    gc.collect()


def handle_message(message: dict[str, Any], model: solara.Reactive[RallyDay], pen: Pen) -> None:
    """Do what a page asks for; whatever goes wrong is told there, and the day at hand stays."""
    session = model.value.session
    try:
        match message.get("type"):
            case "ready":
                pen.ground = None
                pen.send_day(session)
            case "reset":
                show_day(model, apply_choices(session.desk, dict(message["values"])))
            case "preset":
                show_day(model, open_preset(session.desk, str(message["path"])))
            case "replay":
                lang = message["lang"] if message.get("lang") in LANGUAGES else "id"
                assert _door is not None
                text = build_replay(session.ground, session.day.message, lang, _door.verdict)
                pen.send_file(f"{session.file_stem}.html", text.encode())
            case other:
                logger.warning("a page sent a message of an unknown kind: %r", other)
    except RallyError as fault:
        pen.send_fault({lang: fault.say(lang).splitlines() for lang in LANGUAGES})
    except Exception as fault:  # a page must not die of one day
        logger.exception("a day could not be computed")
        pen.send_fault({lang: [say("fault_inside", lang, given=type(fault).__name__)] for lang in LANGUAGES})
