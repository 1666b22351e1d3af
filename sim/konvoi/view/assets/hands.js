// Hands on the map and the keys: pan, zoom, names under the pointer.

Object.assign(Page.prototype, {
  listenToMap(map) {
    const fingers = new Map();
    let spread = 0;
    const isOnMap = (event) => event.target === map || event.target.tagName === "CANVAS" || event.target === this.parts.pins;
    map.addEventListener("pointerdown", (event) => {
      if (!isOnMap(event)) return;
      map.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
    });
    map.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) {
        this.showName(event, map, isOnMap(event));
        return;
      }
      const box = map.getBoundingClientRect();
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (fingers.size === 1) {
        this.scene.pan(event.clientX - before[0], event.clientY - before[1]);
      } else {
        const [a, b] = [...fingers.values()];
        const now = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (spread) this.scene.zoom(now / spread, (a[0] + b[0]) / 2 - box.left, (a[1] + b[1]) / 2 - box.top);
        spread = now;
      }
      this.touch();
    });
    for (const name of ["pointerup", "pointercancel"]) {
      map.addEventListener(name, (event) => {
        fingers.delete(event.pointerId);
        spread = 0;
      });
    }
    map.addEventListener("pointerleave", () => { this.parts.hover.hidden = true; });
    map.addEventListener("wheel", (event) => {
      if (!isOnMap(event) && !event.target.closest(".k-buttons")) return;
      event.preventDefault();
      const box = map.getBoundingClientRect();
      this.zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) * 0.0022), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
  },

  showName(event, map, isOnMap) {
    const { hover } = this.parts;
    if (!this.day || !isOnMap || event.pointerType === "touch") {
      hover.hidden = true;
      return;
    }
    const box = map.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const found = this.scene.findName(px, py);
    hover.hidden = !found;
    if (!found) return;
    const side = found.side ? this.say("side", { side: found.side }) : this.say("both_sides");
    const kind = { venue: this.say("venue_of", { side }), assembly: this.say("assembly_of", { side }), junction: this.say("junction_of"), road: "" }[found.kind];
    hover.textContent = [found.name || this.say("no_name"), kind].filter(Boolean).join(" · ");
    hover.style.transform = `translate(${Math.min(px + 14, this.scene.width - 220)}px, ${py + 16}px)`;
  },

  zoom(factor, px, py) {
    this.scene.zoom(factor, px, py);
    this.touch();
  },

  fit(isAll) {
    if (!this.day) return;
    this.scene.fit(isAll);
    this.touch();
  },

  press(event) {
    if (this.isClosed || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (this.parts.card && !this.parts.card.hidden) this.closeCard();
      if (this.parts.helpBox) this.hideHelp();
      return;
    }
    const tag = event.target.tagName;
    if (tag === "INPUT" || tag === "SELECT" || tag === "TEXTAREA" || (event.key === " " && (tag === "BUTTON" || tag === "SUMMARY"))) return;
    if (!this.day) return;
    const pan = 60;
    const action = {
      " ": () => this.setPlaying(!this.isPlaying), k: () => this.setPlaying(!this.isPlaying),
      ".": () => this.step(1), ",": () => this.step(-1), n: () => this.jump(1), p: () => this.jump(-1),
      "]": () => this.changeSpeed(1), "[": () => this.changeSpeed(-1), Home: () => this.seek(this.day.begin_s), End: () => this.seek(this.day.end_s),
      "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3), 0: () => this.fit(false),
      ArrowLeft: () => this.scene.pan(pan, 0), ArrowRight: () => this.scene.pan(-pan, 0),
      ArrowUp: () => this.scene.pan(0, pan), ArrowDown: () => this.scene.pan(0, -pan), "?": () => this.showHelp(),
    }[event.key];
    if (!action || (event.key.startsWith("Arrow") && event.target !== this.parts.map && event.target !== document.body)) return;
    event.preventDefault();
    action();
    this.touch();
  },

  changeSpeed(ways) {
    const at = Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(this.speed) + ways));
    this.setSpeed(SPEEDS[at]);
    this.tell(this.say("speed_times", { times: this.speed }));
  },
});
