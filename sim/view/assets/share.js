// Sharing: where a day comes from, the map as a picture, the day as a file.

Object.assign(Page.prototype, {
  provenance() {
    const { day } = this;
    const { kind, place, date, error_m } = day.map;
    const map = [this.say(`map_${kind in { skeleton: 1, openstreetmap: 1 } ? kind : "synthetic"}`), place, date,
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
    const wide = scene.width, foot = 84, head = 46, tall = scene.height + head + foot;
    const canvas = document.createElement("canvas");
    canvas.width = wide * ratio;
    canvas.height = tall * ratio;
    const layer = document.createElement("canvas");
    layer.width = wide * ratio;
    layer.height = scene.height * ratio;
    scene.drawGround(layer.getContext("2d"), ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, wide, tall);
    context.drawImage(layer, 0, head, wide, scene.height);
    for (const k of [1, 2]) context.drawImage(scene.canvases[k], 0, head, wide, scene.height);
    const write = (text, x, y, font, ink, align = "left") => {
      context.font = `${font} ${FONT}`;
      context.fillStyle = ink;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.fillText(text, x, y);
    };
    context.save();
    context.translate(0, head);
    scene.drawPins(this.clusters || [], context, ratio, false);
    context.restore();
    write(day.title, 16, 17, "700 17px", colours.ink);
    write([this.gapText(), `${day.sides[0].venue} (1) – ${day.sides[1].venue} (2)`].join(" · "), 16, 36, "12px", colours.grey);
    write(`${this.clock(this.moment)} ${day.zone}`, wide - 16, 23, "700 20px", colours.ink, "right");
    let x = 16;
    const y = head + scene.height + 20;
    const entries = [["side1", this.say("legend_side", { side: 1 })], ["side2", this.say("legend_side", { side: 2 })], ["venue", this.say("legend_venue")],
      ["assembly", this.say("legend_assembly")], ["pin", this.say("legend_contact")], ["heat", this.say("legend_heat")]];
    let line = 0;
    for (const [kind, text] of entries) {
      context.font = `12px ${FONT}`;
      const room = context.measureText(text).width + 40;
      if (x + room > wide && line === 0) { x = 16; line = 1; }
      context.fillStyle = { side1: colours.side[1], side2: colours.side[2], venue: colours.grey, assembly: colours.grey, pin: colours.pin, heat: colours.pin }[kind];
      context.globalAlpha = kind === "heat" ? 0.4 : 1;
      context.beginPath();
      if (kind === "side2") context.rect(x + 2, y + 20 * line - 5, 10, 10);
      else if (kind === "assembly") { context.moveTo(x + 7, y + 20 * line - 6); context.lineTo(x + 13, y + 20 * line + 5); context.lineTo(x + 1, y + 20 * line + 5); }
      else context.arc(x + 7, y + 20 * line, kind === "side1" ? 5 : 7, 0, 2 * Math.PI);
      context.fill();
      context.globalAlpha = 1;
      write(text, x + 20, y + 20 * line, "12px", colours.ink);
      x += room;
    }
    write(this.provenance(), 16, tall - 14, "10.5px", colours.grey);
    const { length, width } = scene.chooseScale();
    context.fillStyle = colours.ink;
    context.fillRect(wide - 16 - width, head + scene.height - 14, width, 2);
    write(length >= 1000 ? `${this.number(length / 1000)} km` : `${this.number(length)} m`, wide - 16, head + scene.height - 24, "11px", colours.ink, "right");
    write(`↑ ${this.say("north")}`, wide - 16, head + 16, "700 13px", colours.ink, "right");
    return canvas;
  },

  savePicture() {
    if (!this.day) return;
    this.drawPicture().toBlob((blob) => this.saveFile(this.fileName(".png"), blob), "image/png");
  },
});
