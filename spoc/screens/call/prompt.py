"""A safety prompt in full: what to do, why it is shown, where it comes from, and what was done."""

from dataclasses import replace

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from spoc.model.forms.sheet import NAMED, Response, Sheet
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.rules.guiding.answering import too_late
from spoc.model.rules.guiding.condition import THRESHOLD
from spoc.model.rules.guiding.guide import ASK, STOP, Prompt, source_words
from spoc.model.rules.guiding.guiding import DISMISSED, DONE, OVERRIDDEN, Guided, because, rests_on
from spoc.model.values.instants import from_text, utc_text
from spoc.model.values.plain import visible
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.call.summary import KINDS
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import CALL, MOVE, key
from spoc.widgets.pages.keybar import KeyBar

FRESH = 0.5  # seconds on screen without a key before one counts: it may have been typed ahead
# Of the card: the cells of a line, the lines of its frame, title and keys, and the fewest lines of text.
_WIDE, _FRAME, _LEAST = 72, 4, 3
_STATES = {DONE: "Done", OVERRIDDEN: "Overridden", DISMISSED: "Dismissed"}


class _Below(Static):
    """What is under the text of a card: the card learns when it needs more lines, or fewer."""

    def on_resize(self) -> None:
        if isinstance(self.screen, PromptScreen):
            self.screen.fit()


class PromptScreen(ModalScreen[tuple[str, Response | None] | None]):
    """Shows the prompts that fired, one at a time. Dismissed with the prompt and how it was answered, or
    with an ASK and None to ask its questions now.

    A key typed ahead never answers: nothing counts until the card has been on the screen.
    """

    CSS_PATH = "prompt.tcss"
    AUTO_FOCUS = None
    BINDINGS = [
        key("enter,f2", "record", "record it", "Record what was ticked as done", "prompt.record", CALL),
        Binding("1", "tick(1)", "tick", key_display="1–9", priority=True,
                tooltip="Tick what was done", group=CALL, id="prompt.tick"),
        *(
            key(f"{n}", f"tick({n})", "", f"Tick what was done, number {n}", f"prompt.tick-{n}", CALL, show=False)
            for n in range(2, 10)
        ),
        key("down,pagedown", "scroll(1)", "read on", "Read on", "prompt.down", MOVE),
        key("a", "ask", "ask it now", "Go to the first of its questions", "prompt.ask", CALL),
        key("o", "override", "not done, because", "Say why none of it is done", "prompt.override", CALL),
        key("d", "drop", "not this time", "Leave the question out this time; it is counted", "prompt.drop", CALL),
        key("r", "rule", "its rule", "Show the rule that raised it", "prompt.rule", CALL),
        key("right,n", "turn(1)", "next prompt", "Show the next prompt", "prompt.next", MOVE),
        key("left,p", "turn(-1)", "former", "Show the previous prompt", "prompt.former", MOVE, show=False),
        key("up,pageup", "scroll(-1)", "read back", "Read back", "prompt.up", MOVE, show=False),
        key("escape,f6", "back", "back", "Go back to the call", "prompt.back", CALL),
        key("ctrl+n", "leave('new_call')", "new call", "Leave it unanswered, park the call and start a new one",
            "prompt.new-call", CALL, show=False),
        key("f9", "leave('park')", "park", "Leave it unanswered and park the call", "prompt.park", CALL, show=False),
    ]  # fmt: skip

    def __init__(self, desk: Desk, sheet: Sheet, now: Guided) -> None:
        super().__init__()
        self.desk, self.sheet, self.now = desk, sheet, now
        rest = [each for each in now.fired if each not in now.open]
        self.prompts = [*now.open, *rest]
        self.place = 0
        self.ticks: dict[str, set[str]] = {}
        self.fresh, self.seen = False, ""
        self.ruled = False  # whether the rule is shown
        self.waiting: Timer | None = None

    @property
    def prompt(self) -> Prompt:
        """The prompt that is shown."""
        return self.prompts[self.place]

    @property
    def _held(self) -> Response | None:
        return self.sheet.prompts.get(self.prompt.code)

    @property
    def ticked(self) -> set[str]:
        """The ticked actions of this prompt; at first those ticked before. What is already agreed is only
        marked: each card needs its own answer."""
        first = set(self._held.done) & self._agreed if self._held else set()
        return self.ticks.setdefault(self.prompt.code, first)

    @property
    def _agreed(self) -> set[str]:
        return {each.code for each in self.sheet.actions}

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static("", id="title", markup=False)
            with VerticalScroll(id="read", can_focus=False):
                yield Static("", id="body", markup=False)
            yield _Below("", id="done", markup=False)
            yield _Below("", id="message", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.say("")
        self._show()

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Leaves the text the lines that the answers do not need: they are always in sight, and it scrolls."""
        below = sum(each.size.height for each in self.query(_Below) if each.display)
        for read in self.query("#read"):
            read.styles.max_height = max(_LEAST, self.size.height - _FRAME - below)
        self.call_after_refresh(self.refresh_bindings)

    def _begin(self) -> None:
        """Restarts the wait: no key counts until this prompt has been on the screen, nor while somebody
        types on."""
        self.fresh = False
        if self.waiting is not None:
            self.waiting.stop()
        self.waiting = self.set_timer(FRESH, self._ready)

    def on_key(self, event: events.Key) -> None:
        """Waits again after a key that means nothing here, or not yet: somebody is still typing."""
        if self.fresh and event.key in self.active_bindings:
            return
        if self.fresh:
            message = "This card takes single keys, and words belong in the call: Esc goes back."
            self.say(message)
        self._begin()

    def _ready(self) -> None:
        self.fresh = True
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing counts until the card was seen; a tick and an override answer a STOP, a drop an ASK."""
        if action == "back":
            return True
        if action == "leave":
            return hasattr(self.app.screen_stack[-2], f"action_{parameters[0]}")
        if not self.fresh:
            return False
        stop = self.prompt.kind == STOP
        if action in ("record", "tick", "override"):
            return stop and (action != "tick" or int(str(parameters[0])) <= len(self.prompt.done))
        if action in ("drop", "ask"):
            return self.prompt.kind == ASK and self.prompt in self.now.open
        if action == "scroll":
            return self.query_one("#read", VerticalScroll).max_scroll_y > 0
        return action != "turn" or len(self.prompts) > 1

    # -- showing -----------------------------------------------------------------------------------

    def _show(self) -> None:
        prompt = self.prompt
        more = f"   {self.place + 1} of {len(self.prompts)}" if len(self.prompts) > 1 else ""
        self.query_one("#title", Static).update(
            Content(f" {KINDS[prompt.kind]}  {visible(prompt.title)}{more}")
        )
        self.query_one("#title").set_class(prompt.kind == STOP, "-stop")
        self.query_one("#body", Static).update(self._body(prompt))
        self._below("#done", self._choices(prompt))
        if self.seen != prompt.code:
            self.seen = prompt.code
            self.query_one("#read", VerticalScroll).scroll_home(animate=False)
            self.call_after_refresh(self._begin)
            self.fresh = False
        self.refresh_bindings()

    def _body(self, prompt: Prompt) -> Content:
        today = to_local(self.desk.store.now()).date()
        lines: list[Content] = []
        if self.now.hides:  # so that nobody does what it says at that cost
            reasons = ", ".join(each.label for each in self.now.hides)
            lines += [
                Content.styled(visible(f"DO NOT TELL: {reasons}"), "bold $warning"),
                Content(""),
            ]
        lines += [Content(f"· {visible(each)}") for each in prompt.says]
        if prompt.do:
            lines += [Content(""), Content.styled("For you, not to be read out", "bold")]
            lines += [Content(f"· {visible(each)}") for each in prompt.do]
        counted = dict(because(prompt, self.now.facts)).get(THRESHOLD)
        if counted:
            lines += [Content(""), Content.styled("What was counted", "bold")]
            lines += [Content(f"· {visible(each)}") for each in counted]
        if prompt.kind == ASK:
            by_code = self.desk.store.pack.guide.by_code
            lines += [Content("")]
            lines += [
                Content(f"  {by_code[each].letter}  {by_code[each].asks}") for each in prompt.asks
            ]
        lines += [Content(""), Content.styled(self._why(prompt), "$dim")]
        lines += [Content.styled(source_words(each, today), "$dim") for each in prompt.sources]
        return Content("\n").join(lines)

    def _choices(self, prompt: Prompt) -> Content:
        """What answers a STOP, a line and a key each; and how the prompt was answered before."""
        lines: list[Content] = []
        if prompt.kind == STOP:
            lines.append(Content.styled(f"{'What was done?':<{_WIDE}}", "bold reverse"))
            for number, code in enumerate(prompt.done, 1):
                sign = "[x]" if code in self.ticked else "[ ]"
                agreed = "   agreed in this call" if code in self._agreed else ""
                label = visible(self.desk.store.pack.label("action", code))
                if cell_len(f" {number} {sign} {label}{agreed}") > _WIDE:
                    label = visible(self.desk.store.pack.brief("action", code))
                lines.append(Content(f" {number} {sign} {label}{agreed}"))
        before = self._held
        if before and before.state in _STATES:
            at = f" {shown_instant(from_text(before.at))}" if before.at else ""
            lines.append(Content(visible(f"{_STATES[before.state]}{at}. {before.why}").rstrip()))
        return Content("\n").join(lines)

    def say(self, words: str) -> None:
        self._below("#message", Content(visible(words)))

    def _below(self, which: str, content: Content) -> None:
        """Shows what is under the text; nothing takes no line."""
        static = self.query_one(which, _Below)
        static.display = bool(content.plain)
        static.update(content)
        self.call_after_refresh(self.fit)

    def _why(self, prompt: Prompt) -> str:
        """Why it is shown: what the call has of what its rule reads; the rule itself if asked for."""
        pack = self.desk.store.pack
        lists = {field.key: field.codes for field in self.desk.store.form} | {"actions": "action"}
        parts = [
            f"{self._label(key)}: "
            + (", ".join(pack.label(lists.get(key, ""), each) for each in codes) or "not known")
            for key, codes in because(prompt, self.now.facts)
            if key != THRESHOLD and (key != "identity" or codes != (NAMED,))
        ]
        rule = f"\nRule {prompt.code}: {prompt.when.text}" if self.ruled else ""
        return f"Why: {'; '.join(parts)}.{rule}" if parts else rule.lstrip()

    def _label(self, key: str) -> str:
        labels = {field.key: field.label for field in self.desk.store.form}
        question = self.desk.store.pack.guide.by_code.get(key)
        return labels.get(key) or (question.label if question else key.capitalize())

    # -- answering ---------------------------------------------------------------------------------

    def action_tick(self, number: int) -> None:
        """Ticks or unticks what was done."""
        self.ticked.symmetric_difference_update({self.prompt.done[number - 1]})
        self._show()

    def action_record(self) -> None:
        """Records the ticked actions as done."""
        if not self.ticked:
            self.say("Tick with 1 to 9 what was done, or press o and say why none of it is.")
            return
        done = tuple(each for each in self.prompt.done if each in self.ticked)
        store = self.desk.store
        late = too_late(self.prompt, done, self.sheet.actions, store.pack, store.hours, store.now())
        if late:
            self.say(late)
            return
        self._answer(Response(DONE, done))

    def action_override(self) -> None:
        """Asks why nothing was done. Counted, so that a prompt that is always overridden is noticed."""
        self.call_later(self._override)

    def _override(self) -> None:
        """Overrides, once every earlier key has been seen here: an "o" within a word does not count."""
        if not self.fresh:
            return
        words = "What the prompt asks for is not done. Say why: it is kept with the contact and counted."
        self.app.push_screen(
            ReasonScreen(self.desk, self.prompt.title, words, self.sheet.opened_at),
            self._overridden,
        )

    def _overridden(self, why: str | None) -> None:
        if why:
            self._answer(Response(OVERRIDDEN, why=why))

    def action_drop(self) -> None:
        """Leaves the questions of an ASK out this time."""
        self._answer(Response(DISMISSED))

    def action_ask(self) -> None:
        """Goes to the first open question of an ASK."""
        self.dismiss((self.prompt.code, None))

    def _answer(self, response: Response) -> None:
        at = utc_text(self.desk.store.now())
        rests = rests_on(self.sheet, self.prompt, self.now.facts)
        self.dismiss((self.prompt.code, replace(response, at=at, rests=rests)))

    def action_rule(self) -> None:
        """Shows the rule, or hides it again."""
        self.ruled = not self.ruled
        self._show()
        read = self.query_one("#read", VerticalScroll)  # the rule is the last of it
        self.call_after_refresh(read.scroll_end if self.ruled else read.scroll_home, animate=False)

    def action_turn(self, step: int) -> None:
        """Shows another of the prompts."""
        self.place = (self.place + step) % len(self.prompts)
        self.say("")
        self._show()

    def action_scroll(self, step: int) -> None:
        self.query_one("#read", VerticalScroll).scroll_relative(y=step * 3, animate=False)

    def action_back(self) -> None:
        self.dismiss(None)

    def action_leave(self, what: str) -> None:
        """Goes back to the call because another phone rings, and on from there as that key does."""
        call = self.app.screen_stack[-2]
        self.dismiss(None)
        self.app.call_later(call.run_action, what)
