// Contacts: their numbers on the map, the list beside it, and the card that tells what one was.

Object.assign(Page.prototype, {
  fillList(begun) {
    const { parts, day } = this;
    parts.listCount.textContent = begun.length ? this.say("contacts_listed", { n: this.number(begun.length), all: this.number(day.contacts.length) })
      : this.say(day.contacts.length ? "contacts_none" : "contacts_none_day");
    const latest = begun.slice(-60).reverse(); // the newest first; older ones are on the map
    parts.list.replaceChildren(...latest.map((row) => make("li", {}, make("button", { type: "button", onclick: () => { this.openCard([row]); this.lookAt(row); } },
      make("b", {}, String(row.number)), make("span", {}, `${this.clock(row.begin_s, false)} · ${row.junction}`), make("small", {}, this.say(`type_${row.type}`))))));
  },

  lookAt(row) {
    const { scene } = this, { card, map } = this.parts;
    let [px, py] = scene.toScreen(row.x_m, row.y_m);
    if (px < 40 || py < 40 || px > scene.width - 90 || py > scene.height - 40) {
      scene.flyTo(row.x_m, row.y_m);
      [px, py] = scene.toScreen(row.x_m, row.y_m);
    }
    const home = map.getBoundingClientRect(), box = card.getBoundingClientRect();
    const right = box.right - home.left + 30, top = box.top - home.top - 30;
    if (!card.hidden && px < right && py > top) { // from under the card
      if (right < scene.width - 100) scene.pan(right + 30 - px, 0);
      else scene.pan(0, Math.max(40, top / 2) - py);
    }
    if (window.innerWidth <= 760) this.setPanel("map");
    this.touch(true);
  },

  // Contacts whose numbers would cover each other share one.
  clusterPins(begun) {
    const clusters = [], [wide, tall] = PIN_REACH_PX, cells = new Map();
    for (const row of begun) {
      const [px, py] = this.scene.toScreen(row.x_m, row.y_m);
      if (px < -20 || py < -20 || px > this.scene.width + 20 || py > this.scene.height + 20) continue;
      const i = Math.floor(px / wide), j = Math.floor(py / tall);
      let home = null;
      for (let a = i - 1; a <= i + 1 && !home; a++) {
        for (let b = j - 1; b <= j + 1 && !home; b++) {
          home = (cells.get(`${a},${b}`) || []).find((one) => Math.hypot((one.px - px) / wide, (one.py - py) / tall) < 1) || null;
        }
      }
      if (home) {
        home.rows.push(row);
      } else {
        const cluster = { px, py, rows: [row] };
        clusters.push(cluster);
        cells.set(`${i},${j}`, [...(cells.get(`${i},${j}`) || []), cluster]);
      }
    }
    return clusters;
  },

  // Numbers of contacts: drawn on the map, with a button over each for pointer, keyboard and screen reader.
  placePins(now) {
    const { scene, day, moment, parts } = this, { view } = scene;
    const place = [view.x, view.y, view.scale, scene.width, scene.height, scene.ratio, this.show.pins, this.lang, this.theme, this.dayNumber].join();
    if (place === this.pinPlace && this.isPlaying && now - this.pinsAt < PINS_EVERY_MS) return;
    this.pinsAt = now;
    const begun = day.contacts.filter((row) => row.begin_s <= moment);
    const key = `${place},${begun.length}`;
    this.rings = day.contacts.filter((row) => row.begin_s <= moment + 600 && row.end_s > moment); // with those about to begin
    if (key !== this.pinKey) {
      this.pinKey = key;
      this.pinPlace = place;
      this.clusters = this.show.pins ? this.clusterPins(begun) : [];
      scene.drawPins(this.clusters);
      const held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.first : null;
      parts.pins.replaceChildren(...this.clusters.map((cluster) => this.buildPin(cluster)));
      if (held) {
        const again = parts.pins.querySelector(`[data-first="${held}"]`);
        if (again) again.focus({ preventScroll: true });
      }
    }
    this.clusters.forEach((cluster, k) => {
      const isLive = cluster.rows.some((row) => row.end_s > moment);
      if (cluster.isLive !== isLive) parts.pins.children[k].classList.toggle("k-live", isLive);
      cluster.isLive = isLive;
    });
  },

  buildPin(cluster) {
    const [first] = cluster.rows, n = cluster.rows.length;
    const label = n > 1 ? `${this.say("contacts_here", { n })}: ${first.junction}`
      : `${this.say("contact_number", { number: first.number })}: ${this.say(`type_${first.type}`)}, ${first.junction}`;
    const pin = make("button", { type: "button", class: n > 1 ? "k-pin k-many" : "k-pin", "aria-label": label, title: label, "data-first": first.number, "data-count": n,
      onclick: (event) => { event.stopPropagation(); this.openCard(cluster.rows); } }, n > 1 ? `${n}×` : String(first.number));
    pin.style.transform = `translate(${cluster.px + PIN_AWAY_PX}px, ${cluster.py - 10}px)`;
    return pin;
  },

  describeContact(row) {
    const lasting = Math.round(row.end_s - row.begin_s);
    return [
      ["label_type", this.say(`type_${row.type}`)],
      ["label_time", this.say("contact_time", { begin: this.clock(row.begin_s), end: this.clock(row.end_s), zone: this.day.zone })],
      ["label_place", row.junction],
      ["label_people", this.say("contact_people", { people_1: this.number(row.people_1), people_2: this.number(row.people_2) })],
      ["label_duration", this.say("duration", { minutes: Math.floor(lasting / 60), seconds: lasting % 60 })],
      ["label_exposure", `${this.number(row.exposure_person_min)} ${this.say("unit_exposure")}`],
      ["label_phase", this.say(`phase_${row.phase}`)],
      ...(row.is_standing ? [["label_standing", this.say("standing")]] : []),
      ["label_units", `${row.unit_1} · ${row.unit_2}`],
    ];
  },

  openCard(rows) {
    const { card } = this.parts;
    const isByKey = document.activeElement && document.activeElement.matches(".k-pin:focus-visible, .k-list button:focus-visible");
    const close = make("button", { type: "button", class: "k-icon k-close", "aria-label": this.say("close"), title: this.say("close"), onclick: () => this.closeCard() }, drawIcon("close"));
    if (rows.length > 1) {
      card.replaceChildren(close, make("h3", {}, this.say("contacts_here", { n: rows.length })), make("p", { class: "k-small" }, rows[0].junction),
        make("ul", { class: "k-list" }, ...rows.map((row) => make("li", {}, make("button", { type: "button", onclick: () => this.openCard([row]) },
          make("b", {}, String(row.number)), make("span", {}, `${this.clock(row.begin_s, false)} · ${this.number(row.people_1 + row.people_2)}`), make("small", {}, this.say(`type_${row.type}`)))))));
    } else {
      const [row] = rows;
      card.replaceChildren(close, make("h3", {}, this.say("contact_number", { number: row.number })),
        make("dl", { "data-contact": row.number }, ...this.describeContact(row).flatMap(([word, text]) => [make("dt", {}, this.say(word)), make("dd", { "data-word": word }, text)])),
        make("button", { type: "button", onclick: () => { this.seek(row.begin_s); this.lookAt(row); } }, this.say("contact_go")));
    }
    card.hidden = false;
    if (isByKey) close.focus();
  },

  closeCard() {
    this.parts.card.hidden = true;
    this.parts.map.focus({ preventScroll: true });
  },
});
