// Sharing: where a day comes from, the map as a picture, the day as a file.

Object.assign(Page.prototype, {
  provenance() {
    const { day } = this;
    const { kind, place, date, error_m } = day.map;
    const map = [this.say(`map_${kind in { skeleton: 1, openstreetmap: 1, road_list: 1 } ? kind : "synthetic"}`), place, date,
      error_m === null ? "" : this.say("map_error", { error: this.number(error_m) })].filter(Boolean).join(", ");
    const tiles = this.show.tiles ? ` · ${this.say("tiles_credit")}` : "";
    return `${this.say("provenance", { version: day.version, title: day.title, seed: day.seed, replication: day.replication, distance: this.number(day.distance_m) })} · ${map}${tiles}`;
  },

  askReplay() {
    if (!this.day) return;
    this.tell(this.say("saving"), true);
    this.start.send({ type: "replay", lang: this.lang });
    this.listen();
  },

  fileName(ending) {
    const { day } = this;
    return `konvoi-${day.date || "hari"}-${day.seed}-${day.replication}${ending}`;
  },

  saveFile(name, blob) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  },

  // The map as it is, with its legend and where it comes from.
  drawPicture() {
    const { scene, day } = this, ratio = 2, colours = scene.colours;
    const wide = scene.width, isNarrow = wide < 560, head = isNarrow ? 76 : 46, edge = 16;
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    const keys = [["side1", this.say("legend_side", { side: 1 })], ["side2", this.say("legend_side", { side: 2 })], ["venue", this.say("legend_venue")],
      ["assembly", this.say("legend_assembly")], ["pin", this.say("legend_contact")], ["heat", this.say("legend_heat")]];
    context.font = `12px ${FONT}`;
    const rows = flow(keys, ([, text]) => context.measureText(text).width + 40, wide - edge);
    context.font = `10.5px ${FONT}`;
    const lines = flow(this.provenance().split(" "), (word) => context.measureText(`${word} `).width, wide - 2 * edge).map((words) => words.join(" "));
    const foot = 22 + 20 * rows.length + 14 * lines.length, tall = head + scene.height + foot;
    canvas.width = wide * ratio;
    canvas.height = tall * ratio;
    context.scale(ratio, ratio);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, wide, tall);
    scene.sharpness = ratio; // drawn anew, so that it prints well
    this.touch(true);
    this.draw(0);
    for (const layer of scene.canvases) context.drawImage(layer, 0, head, wide, scene.height);
    scene.sharpness = null;
    this.touch(true);

    const write = (text, x, y, font, ink, align = "left", most = undefined) => {
      context.font = `${font} ${FONT}`;
      context.fillStyle = ink;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.fillText(text, x, y, most);
    };
    const clock = `${this.clock(this.moment)} ${day.zone}`;
    context.font = `700 20px ${FONT}`;
    const room = wide - 2 * edge - (isNarrow ? 0 : edge + context.measureText(clock).width);
    write(day.title, edge, 17, "700 17px", colours.ink, "left", room);
    write([this.gapText(), `${day.sides[0].venue} (1) – ${day.sides[1].venue} (2)`].join(" · "), edge, 36, "12px", colours.grey, "left", room);
    if (isNarrow) write(clock, edge, 60, "700 18px", colours.ink);
    else write(clock, wide - edge, 23, "700 20px", colours.ink, "right");
    rows.forEach((row, k) => {
      let x = edge;
      const y = head + scene.height + 20 + 20 * k;
      for (const [kind, text] of row) {
        this.drawKey(context, kind, x, y);
        write(text, x + 20, y, "12px", colours.ink);
        x += context.measureText(text).width + 40;
      }
    });
    lines.forEach((text, k) => write(text, edge, tall - 12 - 14 * (lines.length - 1 - k), "10.5px", colours.grey));
    const { length, width } = scene.chooseScale();
    context.fillStyle = colours.ink;
    context.fillRect(wide - edge - width, head + scene.height - 14, width, 2);
    write(length >= 1000 ? `${this.number(length / 1000)} km` : `${this.number(length)} m`, wide - edge, head + scene.height - 24, "11px", colours.ink, "right");
    write(`↑ ${this.say("north")}`, wide - edge, head + edge, "700 13px", colours.ink, "right");
    return canvas;
  },

  drawKey(context, kind, x, y) {
    const { colours } = this.scene;
    context.fillStyle = { side1: colours.side[1], side2: colours.side[2], pin: colours.pin, heat: colours.pin }[kind] || colours.grey;
    context.globalAlpha = kind === "heat" ? 0.4 : 1;
    context.beginPath();
    if (kind === "side2") {
      context.rect(x + 2, y - 5, 10, 10);
    } else if (kind === "assembly") {
      context.moveTo(x + 7, y - 6);
      context.lineTo(x + 13, y + 5);
      context.lineTo(x + 1, y + 5);
    } else {
      context.arc(x + 7, y, kind === "side1" ? 5 : 7, 0, 2 * Math.PI);
    }
    context.fill();
    context.globalAlpha = 1;
  },

  savePicture() {
    if (!this.day) return;
    this.drawPicture().toBlob((blob) => this.saveFile(this.fileName(".png"), blob), "image/png");
  },
});

// Items in rows no wider than some width.
function flow(items, measure, most) {
  const rows = [];
  let used = Infinity;
  for (const item of items) {
    const wide = measure(item);
    if (used + wide > most) {
      rows.push([]);
      used = 0;
    }
    rows[rows.length - 1].push(item);
    used += wide;
  }
  return rows;
}
