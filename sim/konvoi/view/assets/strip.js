// The timeline: both sides' phases, contacts, and the moment shown. Dragging goes anywhere in the day.

class Strip {
  constructor(host, page) {
    this.page = page;
    this.host = host;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.bubble = document.createElement("div");
    this.bubble.className = "k-bubble";
    this.bubble.hidden = true;
    this.needle = document.createElement("div");
    this.needle.className = "k-needle";
    host.append(this.canvas, this.needle, this.bubble);
    const seek = (event) => page.seek(this.toMoment(event.clientX - host.getBoundingClientRect().left));
    host.addEventListener("pointerdown", (event) => {
      if (!page.day) return;
      host.setPointerCapture(event.pointerId);
      this.isDragging = true;
      seek(event);
    });
    host.addEventListener("pointermove", (event) => {
      if (!page.day) return;
      if (this.isDragging) seek(event);
      const at = event.clientX - host.getBoundingClientRect().left;
      this.bubble.hidden = false;
      this.bubble.textContent = page.clock(this.toMoment(at));
      this.bubble.style.left = `${Math.max(30, Math.min(this.width - 30, at))}px`;
    });
    for (const name of ["pointerup", "pointercancel"]) host.addEventListener(name, () => { this.isDragging = false; });
    host.addEventListener("pointerleave", () => { this.bubble.hidden = true; });
    host.addEventListener("keydown", (event) => {
      const jump = { ArrowLeft: -60, ArrowDown: -60, ArrowRight: 60, ArrowUp: 60, PageDown: -600, PageUp: 600 }[event.key];
      if (!jump || !page.day) return;
      event.preventDefault();
      event.stopPropagation();
      page.seek(page.moment + jump);
    });
  }

  get margin() {
    return this.width < 560 ? 12 : 98;
  }

  toX(moment) {
    const { begin_s, end_s } = this.page.day;
    return this.margin + ((moment - begin_s) / (end_s - begin_s)) * (this.width - this.margin - 14);
  }

  toMoment(x) {
    const { begin_s, end_s } = this.page.day;
    return begin_s + ((x - this.margin) / (this.width - this.margin - 14)) * (end_s - begin_s);
  }

  // What does not move with time, drawn once per day, size and theme.
  drawBack() {
    const { page, host } = this;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = host.clientWidth;
    this.height = host.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colours = page.scene.colours, { day } = page;
    const isNarrow = this.margin < 50;
    const lane = (this.height - 22) / 3;
    context.font = `500 11.5px ${FONT}`;
    context.textBaseline = "middle";
    this.drawHours(context, colours);
    for (const side of [1, 2]) {
      const own = day.sides[side - 1];
      const middle = (side - 0.5) * lane + 2, tall = Math.min(16, lane - 4);
      context.fillStyle = colours.ink;
      context.textAlign = "left";
      if (!isNarrow) {
        context.fillStyle = colours.side[side];
        context.fillRect(10, middle - 5, 10, 10);
        context.fillStyle = colours.ink;
        context.fillText(page.say("side_capital", { side }), 26, middle);
      }
      context.fillStyle = colours.side[side];
      for (const [phase, name] of [["out_s", "phase_out"], ["home_s", "phase_home"]]) {
        if (own[phase][0] === null) continue;
        const end = own[phase][1] === null ? day.end_s : own[phase][1];
        this.drawBar(context, own[phase][0], end, middle, tall, colours.side[side], 0.32, page.say(name), colours.ink);
      }
      this.drawBar(context, own.rally_start_s + Math.max(0, own.lateness_s), own.rally_end_s, middle, tall, colours.side[side], 1,
        page.say("phase_rally"), page.scene.theme === "dark" ? "#17181c" : "#ffffff");
    }
    const middle = 2.5 * lane + 2, tall = Math.min(16, lane - 4);
    context.fillStyle = colours.ink;
    context.textAlign = "left";
    if (!isNarrow) {
      context.fillStyle = colours.pin;
      context.beginPath();
      context.arc(15, middle, 5, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = colours.ink;
      context.fillText(page.say("panel_contacts"), 26, middle);
    }
    context.fillStyle = colours.pin;
    context.globalAlpha = day.contacts.length > 120 ? 0.35 : 0.6;
    for (const row of day.contacts) {
      const x = this.toX(row.begin_s);
      context.fillRect(x, middle - tall / 2, Math.max(1.5, this.toX(row.end_s) - x), tall);
    }
    context.globalAlpha = 1;
    host.setAttribute("aria-valuemin", Math.round(day.begin_s));
    host.setAttribute("aria-valuemax", Math.round(day.end_s));
  }

  drawBar(context, begin, end, middle, tall, colour, alpha, text, ink) {
    if (!(end > begin)) return;
    const x = this.toX(begin), wide = Math.max(2, this.toX(end) - x);
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fillRect(x, middle - tall / 2, wide, tall);
    context.globalAlpha = 1;
    context.font = `500 11px ${FONT}`;
    if (context.measureText(text).width + 8 < wide) {
      context.fillStyle = ink;
      context.textAlign = "center";
      context.fillText(text, x + wide / 2, middle + 0.5);
      context.textAlign = "left";
    }
  }

  drawHours(context, colours) {
    const { day } = this.page;
    const room = 52, span = day.end_s - day.begin_s;
    const every = [900, 1800, 3600, 7200, 10800, 21600].find((step) => (this.width - this.margin) / (span / step) >= room) || 43200;
    context.strokeStyle = colours.grey;
    context.fillStyle = colours.grey;
    context.textAlign = "center";
    for (let moment = Math.ceil(day.begin_s / every) * every; moment <= day.end_s; moment += every) {
      const x = this.toX(moment);
      context.globalAlpha = 0.25;
      context.fillRect(x, 2, 1, this.height - 20);
      context.globalAlpha = 1;
      if (x > this.margin + 8 && x < this.width - 22) context.fillText(this.page.clock(moment, false), x, this.height - 8);
    }
  }

  draw() {
    const { page } = this;
    if (this.key !== this.currentKey()) {
      this.key = this.currentKey();
      this.drawBack();
    }
    this.needle.style.transform = `translateX(${this.toX(page.moment)}px)`;
    this.host.setAttribute("aria-valuenow", Math.round(page.moment));
    this.host.setAttribute("aria-valuetext", page.clock(page.moment));
  }

  currentKey() {
    return [this.page.dayNumber, this.host.clientWidth, this.host.clientHeight, this.page.scene.theme, this.page.lang, window.devicePixelRatio].join();
  }
}
