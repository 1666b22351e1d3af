// What planners decide: the controls, what is asked of the server, and what it answers.

Object.assign(Page.prototype, {
  buildPlan() {
    const { parts, controls } = this;
    if (this.start.isReplay) {
      parts.plan.replaceChildren(make("h2", {}, this.say("replay_title")), make("p", {}, this.say("replay_note")));
      return;
    }
    if (!controls) return;
    const values = this.edited || controls.values;
    const change = (name, value) => {
      this.edited = { ...(this.edited || controls.values), [name]: value };
      this.markChanged();
    };
    const field = (name, label, input, note) => make("div", { class: "k-field" }, make("label", { for: `k-${name}` }, label), input, note || null);
    const select = (name, options, value, action) => {
      const box = make("select", { id: `k-${name}`, onchange: (event) => action(event.target.value) }, ...options.map(([key, text]) => make("option", { value: key }, text)));
      box.value = value;
      return box;
    };
    const preset = field("preset", this.say("preset"), select("preset", controls.presets.map((one) => [one.path, one.title]), controls.preset, (path) => this.ask({ type: "preset", path })));
    const pairs = controls.venue_pairs.map((pair) => [pair.key, `${pair.venue_1} – ${pair.venue_2}`]);
    const pair = field("venue_pair", this.say("venue_pair"), select("venue_pair", pairs, values.venue_pair, (key) => change("venue_pair", key)));
    const start = (side) => {
      const input = make("input", { id: `k-start_${side}`, type: "text", inputmode: "numeric", maxlength: "5", list: "k-hours", autocomplete: "off", class: `k-start k-start${side}`,
        oninput: (event) => { change(`start_${side}`, event.target.value.trim().replace(".", ":")); this.showGap(); } });
      input.value = values[`start_${side}`];
      return field(`start_${side}`, this.say(`control_start_${side}`), input);
    };
    const escort = field("escort", this.say("escort"), select("escort", controls.escorts.map((key) => [key, this.say(`escort_${key}`)]), values.escort, (key) => change("escort", key)));
    const hours = make("datalist", { id: "k-hours" }, ...this.listStarts().map((text) => make("option", { value: text })));
    const another = make("input", { type: "checkbox", id: "k-another_day", onchange: (event) => { change("another_day", event.target.checked); this.showGap(); } });
    another.checked = values.another_day;
    parts.gap = make("p", { class: "k-small k-gap" });
    const first = make("fieldset", { class: "k-first" }, make("legend", {}, this.say("first_side")), ...[1, 2].map((side) => {
      const radio = make("input", { type: "radio", name: "k-first", value: side, onchange: () => this.swapFirst(side) });
      radio.checked = values.first_side === side;
      return make("label", {}, radio, this.say(`first_${side}`));
    }));
    const numbers = (group) => controls.numbers.filter((one) => one.group === group).map((one) => {
      const id = `k-${one.name}`, unit = one.unit === "unit_none" ? "" : this.say(one.unit);
      const input = make("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", class: "k-number", "aria-describedby": `${id}-range`,
        oninput: (event) => { change(one.name, this.readNumber(event.target.value)); if (slider) slider.value = this.readNumber(event.target.value); } });
      const show = (value) => { input.value = typeof value === "number" ? this.plain(value) : String(value ?? ""); };
      show(values[one.name]);
      let slider = null;
      if (!one.is_whole) {
        slider = make("input", { type: "range", min: one.low, max: one.high, step: one.step, "aria-label": this.say(`control_${one.name}`), tabindex: "-1",
          oninput: (event) => { show(Number(event.target.value)); change(one.name, Number(event.target.value)); } });
        slider.value = values[one.name];
      }
      const range = one.name === "seed" ? "" : this.say("range", { low: this.plain(one.low), high: this.number(one.high, one.high % 1 ? 1 : 0) });
      return field(one.name, this.say(`control_${one.name}`), make("div", { class: "k-entry" }, input, make("span", {}, unit), slider),
        make("small", { id: `${id}-range`, class: "k-range" }, range));
    });
    parts.faults = make("div", { class: "k-faults", role: "alert" });
    parts.changed = make("p", { class: "k-small k-changed", hidden: true }, this.say("changed"));
    parts.reset = make("button", { type: "submit", class: "k-primary" }, this.say("reset"));
    parts.nextReplication = make("button", { type: "button", onclick: () => {
      change("replication", Number((this.edited || controls.values).replication) + 1);
      this.reset();
    } }, this.say("next_replication"));
    const group = (word, ...fields) => make("fieldset", { class: "k-group" }, make("legend", {}, this.say(word)), ...fields);
    parts.plan.replaceChildren(make("form", { novalidate: true, autocomplete: "off", onsubmit: (event) => { event.preventDefault(); this.reset(); } },
      make("div", { class: "k-scroll" }, make("h2", {}, this.say("plan_heading")), preset,
        group("group_plan", pair, make("div", { class: "k-two" }, start(1), start(2)), hours, make("label", { class: "k-check" }, another, this.say("another_day")), first, parts.gap, ...numbers("plan"), escort),
        group("group_people", ...numbers("people")), group("group_count", ...numbers("count"))),
      make("div", { class: "k-submit" }, parts.faults, parts.changed, parts.reset, parts.nextReplication)));
    this.markChanged();
    this.showGap();
    this.showFault();
  },

  // Every half hour at which a rally may start.
  listStarts() {
    const { window: [first, last], length_min } = this.controls;
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
    const starts = [];
    for (let at = minutes(first); at + length_min <= minutes(last); at += 30) {
      starts.push(`${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`);
    }
    return starts;
  },

  plain(value) {
    const text = String(Math.round(value * 1e6) / 1e6);
    return (this.lang === "id" ? text.replace(".", ",") : text).replace("-", "−");
  },

  // What was typed, as a number where it is one; else as typed, and the answer will say what is wrong.
  readNumber(text) {
    const tidy = text.trim().replace("−", "-").replace(",", ".");
    return /^-?\d{1,15}(\.\d+)?$/.test(tidy) ? Number(tidy) : text.trim();
  },

  markChanged() {
    const { edited, controls, parts } = this;
    const isChanged = Boolean(edited) && Object.keys(edited).some((name) => edited[name] !== controls.values[name]);
    parts.changed.hidden = !isChanged;
    parts.reset.classList.toggle("k-wanted", isChanged);
  },

  showGap() {
    const values = this.edited || this.controls.values;
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
    const gap = Math.abs(minutes(values.start_2) - minutes(values.start_1));
    const isKnown = /^\d\d:\d\d/.test(values.start_1) && /^\d\d:\d\d/.test(values.start_2);
    this.parts.gap.textContent = values.another_day ? this.say("gap_another") : !isKnown ? "" : gap ? this.say("gap_shown", { gap }) : this.say("gap_same");
    if (gap && isKnown && !values.another_day) {
      const side = values.start_1 < values.start_2 ? 1 : 2;
      for (const radio of this.parts.plan.querySelectorAll("input[type=radio]")) radio.checked = Number(radio.value) === side;
      if (this.edited) this.edited.first_side = side;
    }
  },

  // Who goes first takes the earlier start.
  swapFirst(side) {
    const values = { ...(this.edited || this.controls.values), first_side: side };
    const isSwapped = (values.start_1 < values.start_2) !== (side === 1) && values.start_1 !== values.start_2;
    if (isSwapped && !values.another_day) [values.start_1, values.start_2] = [values.start_2, values.start_1];
    this.edited = values;
    this.buildPlan();
    this.parts.plan.querySelector(`input[type=radio][value="${side}"]`).focus();
  },

  reset() {
    this.ask({ type: "reset", values: this.edited || this.controls.values });
  },

  ask(message) {
    if (!this.start.send) return;
    this.fault = null;
    if (this.parts.faults) this.showFault();
    this.tell(this.say("loading"), true);
    this.root.classList.add("k-busy");
    this.start.send(message);
    this.listen();
  },

  // An answer that does not come is looked after: the server may be gone, while the open day still plays.
  listen() {
    clearTimeout(this.patience);
    this.patience = setTimeout(async () => {
      try {
        await fetch(window.location.href, { method: "GET", cache: "no-store" });
        this.listen();
      } catch (fault) {
        this.tell(this.say("lost"));
        this.root.classList.remove("k-busy");
      }
    }, 8000);
  },

  showFault() {
    const { parts, fault } = this;
    if (!parts.faults) return;
    parts.faults.replaceChildren();
    if (!fault) return;
    parts.faults.append(make("b", {}, this.say("fault_heading")), make("ul", {}, ...fault[this.lang].map((line) => make("li", {}, line))));
  },
});
