// The map: roads and names drawn when the view moves, vehicles as pixels at every step, heat and contacts over them.

const PALETTES = {
  light: {
    land: "#f7f6f3", water: "#c3d9e8", casing: "#d5d3cd", road: "#ffffff", roadMain: "#fff6dc", casingMain: "#c9bfa4",
    ink: "#1d1d24", grey: "#5c5c66", halo: "rgba(247,246,243,0.9)", waterInk: "#4f7690",
    side: { 0: "#6d6d76", 1: "#1f7fb4", 2: "#b06c08" }, queue: "#1d1d24", pin: "#5d4693", paper: "#ffffff",
    heat: [[0.0, 138, 118, 184, 0], [0.25, 138, 118, 184, 90], [0.6, 93, 70, 147, 150], [1.0, 53, 33, 95, 200]],
  },
  dark: {
    land: "#17181c", water: "#24394a", casing: "#0e0f12", road: "#42454d", roadMain: "#5a564b", casingMain: "#0e0f12",
    ink: "#f0f0f2", grey: "#a9abb4", halo: "rgba(23,24,28,0.9)", waterInk: "#7fa6c2",
    side: { 0: "#9b9ba4", 1: "#56b4e9", 2: "#e69f3a" }, queue: "#ffffff", pin: "#b7a8d6", paper: "#202127",
    heat: [[0.0, 138, 118, 184, 0], [0.25, 138, 118, 184, 90], [0.6, 170, 150, 220, 150], [1.0, 225, 215, 250, 200]],
  },
};
const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const ROAD_WIDTH = [5.5, 5.5, 5, 4.2, 3.4, 2.4, 2];
const QUEUE_MPS = 5 / 3.6;
const KEEP_LEFT_PX = 2.6; // Indonesia drives on the left: the two directions of a road lie side by side
const HEAT_EVERY_MS = 400; // while it plays
const PIN_AWAY_PX = 9;
const RING_PHASES = 14, RING_MS = 1400; // of the pulse around a contact
const LEAST_SCALE = 0.002, LARGEST_SCALE = 4; // pixels per metre

class Scene {
  constructor(host) {
    this.host = host;
    this.theme = "light";
    this.show = { heat: true, names: true, tiles: false };
    this.view = { x: 0, y: 0, scale: 0.05 };
    this.canvases = ["ground", "heat", "vehicles", "pins"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = `k-layer k-${name}`;
      canvas.setAttribute("aria-hidden", "true");
      host.append(canvas);
      return canvas;
    });
    this.tiles = new Map();
    this.width = this.height = 1;
    this.ratio = 1;
    this.heatKey = "";
    this.drawn = 0; // vehicles in the last step
  }

  get colours() {
    return PALETTES[this.theme];
  }

  open(ground, day) {
    const isNewGround = this.ground !== ground;
    this.ground = ground;
    this.day = day;
    this.heatKey = "";
    if (isNewGround) this.sortRoads();
    if (isNewGround) this.fit();
    this.isStale = true;
  }

  sortRoads() {
    const { ground } = this;
    const n = ground.roadOffset.length - 1;
    this.order = Array.from({ length: n }, (_, road) => road).sort((a, b) => ground.roadRank[b] - ground.roadRank[a]);
    this.box = this.order.map(() => null);
    for (let road = 0; road < n; road++) {
      let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
      for (let v = ground.roadOffset[road]; v < ground.roadOffset[road + 1]; v++) {
        left = Math.min(left, ground.roadX[v]);
        right = Math.max(right, ground.roadX[v]);
        low = Math.min(low, ground.roadY[v]);
        high = Math.max(high, ground.roadY[v]);
      }
      this.box[road] = [left, low, right, high];
    }
  }

  resize() {
    const ratio = this.sharpness || Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, this.host.clientWidth), height = Math.max(1, this.host.clientHeight);
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    Object.assign(this, { width, height, ratio });
    for (const canvas of this.canvases) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.frame = null;
    this.heatKey = "";
    this.isStale = true;
    if (this.isFitted) this.fit();
  }

  // Show where most of the day's way is ridden, and both venues; or all roads.
  fit(isAll = false) {
    const { day } = this;
    const xs = [], ys = [];
    if (isAll || !day || !day.rides.n) {
      xs.push(...this.box.flatMap((box) => [box[0], box[2]]));
      ys.push(...this.box.flatMap((box) => [box[1], box[3]]));
    } else {
      const step = Math.max(1, Math.floor(day.rides.n / 400));
      for (let ride = 0; ride < day.rides.n; ride += step) {
        const line = day.lines[day.rides.line[ride]];
        const length = line.way[line.way.length - 1];
        for (let share = 0.02; share < 1; share += 0.08) {
          const [x, y] = this.locate(line, share * length);
          xs.push(x);
          ys.push(y);
        }
      }
    }
    const cut = isAll ? 0 : 0.06;
    const span = (values) => {
      const sorted = Float64Array.from(values).sort();
      return [sorted[Math.floor(cut * (sorted.length - 1))], sorted[Math.ceil((1 - cut) * (sorted.length - 1))]];
    };
    let [left, right] = span(xs), [low, high] = span(ys);
    if (!isAll && day) {
      for (const place of day.places) {
        if (place.kind !== "venue") continue;
        left = Math.min(left, place.x_m);
        right = Math.max(right, place.x_m);
        low = Math.min(low, place.y_m);
        high = Math.max(high, place.y_m);
      }
    }
    const inset = { left: 0, right: 30, top: 20, bottom: 24 };
    const room = 36;
    const wide = Math.max(60, this.width - inset.left - inset.right - 2 * room);
    const tall = Math.max(60, this.height - inset.top - inset.bottom - 2 * room);
    const scale = Math.min(wide / Math.max(right - left, 200), tall / Math.max(high - low, 200));
    this.view = {
      scale,
      x: (left + right) / 2 - (inset.left - inset.right) / 2 / scale,
      y: (low + high) / 2 + (inset.top - inset.bottom) / 2 / scale,
    };
    this.isFitted = !isAll;
    this.isStale = true;
  }

  pan(right, down) {
    this.view.x -= right / this.view.scale;
    this.view.y += down / this.view.scale;
    this.isFitted = false;
    this.isStale = true;
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toGround(px, py);
    this.view.scale = Math.min(LARGEST_SCALE, Math.max(LEAST_SCALE, this.view.scale * factor));
    this.view.x = x - (px - this.width / 2) / this.view.scale;
    this.view.y = y + (py - this.height / 2) / this.view.scale;
    this.isFitted = false;
    this.isStale = true;
  }

  flyTo(x, y) {
    this.view.x = x;
    this.view.y = y;
    this.view.scale = Math.max(this.view.scale, 0.12);
    this.isFitted = false;
    this.isStale = true;
  }

  toScreen(x, y) {
    const { view } = this;
    return [(x - view.x) * view.scale + this.width / 2, this.height / 2 - (y - view.y) * view.scale];
  }

  toGround(px, py) {
    const { view } = this;
    return [view.x + (px - this.width / 2) / view.scale, view.y - (py - this.height / 2) / view.scale];
  }

  locate(line, at) {
    let low = 0, high = line.way.length - 1;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (line.way[middle] <= at) low = middle;
      else high = middle;
    }
    const length = line.way[high] - line.way[low];
    const share = length > 0 ? Math.min(1, (at - line.way[low]) / length) : 0;
    return [line.x[low] + share * (line.x[high] - line.x[low]), line.y[low] + share * (line.y[high] - line.y[low])];
  }

  // ---------- heat

  drawHeat(moment, isPlaying = false) {
    const now = performance.now();
    if (isPlaying && this.heatKey && now - this.heatAt < HEAT_EVERY_MS) return;
    this.heatAt = now;
    const canvas = this.canvases[1], context = canvas.getContext("2d");
    const { view, day } = this;
    let last = -1;
    while (last + 1 < day.contacts.length && day.contacts[last + 1].begin_s <= moment) last++;
    const running = day.contacts.some((row) => row.begin_s <= moment && row.end_s > moment) ? Math.floor(moment / 60) : 0;
    const key = [last, running, view.x, view.y, view.scale, this.width, this.height, this.theme, this.show.heat].join();
    if (key === this.heatKey) return;
    this.heatKey = key;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.show.heat || last < 0) return;
    const shrink = 4;
    const w = Math.ceil(this.width / shrink), h = Math.ceil(this.height / shrink);
    const dim = this.dim || (this.dim = document.createElement("canvas"));
    dim.width = w;
    dim.height = h;
    const sketch = dim.getContext("2d", { willReadFrequently: true });
    const radius = Math.max(16, Math.min(70, 350 * view.scale)) / shrink;
    // Saturates at the exposure a tenth of the day's contacts have reached in one place.
    const total = day.contacts.reduce((sum, row) => sum + row.exposure_person_min, 0) || 1;
    for (let k = 0; k <= last; k++) {
      const row = day.contacts[k];
      const [px, py] = this.toScreen(row.x_m, row.y_m);
      if (px < -80 || py < -80 || px > this.width + 80 || py > this.height + 80) continue;
      const share = row.end_s > moment ? (moment - row.begin_s) / (row.end_s - row.begin_s) : 1;
      const weight = Math.min(0.9, 0.05 + (6 * share * row.exposure_person_min) / total);
      const glow = sketch.createRadialGradient(px / shrink, py / shrink, 0, px / shrink, py / shrink, radius);
      glow.addColorStop(0, `rgba(0,0,0,${weight})`);
      glow.addColorStop(1, "rgba(0,0,0,0)");
      sketch.fillStyle = glow;
      sketch.fillRect(px / shrink - radius, py / shrink - radius, 2 * radius, 2 * radius);
    }
    const image = sketch.getImageData(0, 0, w, h);
    const scale = this.buildHeatScale();
    for (let k = 0; k < image.data.length; k += 4) {
      const colour = scale[image.data[k + 3]];
      image.data[k] = colour[0];
      image.data[k + 1] = colour[1];
      image.data[k + 2] = colour[2];
      image.data[k + 3] = colour[3];
    }
    sketch.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(dim, 0, 0, w * shrink * this.ratio, h * shrink * this.ratio);
  }

  buildHeatScale() {
    if (this.heatScale && this.heatScale.theme === this.theme) return this.heatScale;
    const stops = this.colours.heat;
    this.heatScale = Array.from({ length: 256 }, (_, value) => {
      const at = value / 255;
      const high = Math.max(1, stops.findIndex((stop) => stop[0] >= at));
      const a = stops[high - 1], b = stops[high];
      const share = (at - a[0]) / (b[0] - a[0]);
      return [1, 2, 3, 4].map((k) => Math.round(a[k] + share * (b[k] - a[k])));
    });
    this.heatScale.theme = this.theme;
    return this.heatScale;
  }

  // ---------- vehicles

  // Small pictures of a vehicle by side and class, and of the rim of one that queues: offsets into the frame, and colours.
  buildStamps() {
    const key = [this.theme, this.ratio, this.canvases[2].width, Math.round(4 * this.sizeFactor)].join();
    if (this.stamps && this.stamps.key === key) return this.stamps;
    const wide = this.canvases[2].width;
    const stamps = { key };
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    for (const side of [1, 2]) {
      for (const kind of [0, 1, 2]) {
        for (const isQueue of [0, 1]) {
          const radius = [1.7, 2.1, 2.7][kind] * this.sizeFactor * this.ratio;
          context.clearRect(0, 0, 32, 32);
          const size = isQueue ? radius + 1.3 * this.ratio : radius;
          context.fillStyle = isQueue ? this.colours.queue : this.colours.side[side];
          context.beginPath();
          if (side === 1) context.arc(16, 16, size, 0, 2 * Math.PI);
          else context.rect(16 - 0.9 * size, 16 - 0.9 * size, 1.8 * size, 1.8 * size);
          context.fill();
          const pixels = new Uint32Array(context.getImageData(0, 0, 32, 32).data.buffer);
          const offset = [], colour = [];
          for (let k = 0; k < 1024; k++) {
            if (pixels[k] >>> 24 < 40) continue;
            offset.push(((k >> 5) - 16) * wide + ((k & 31) - 16));
            colour.push(pixels[k]);
          }
          stamps[side * 6 + kind * 2 + isQueue] = { offset: Int32Array.from(offset), colour: Uint32Array.from(colour) };
        }
      }
    }
    stamps.rings = Array.from({ length: RING_PHASES }, (_, phase) => this.buildRing(phase / (RING_PHASES - 1), wide));
    this.stamps = stamps;
    return stamps;
  }

  // A ring around a contact, wider and fainter the later in its pulse.
  buildRing(share, wide) {
    const canvas = document.createElement("canvas"), size = 64;
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.strokeStyle = this.colours.pin;
    context.globalAlpha = 1 - 0.85 * share;
    context.lineWidth = 2.4 * this.ratio;
    context.beginPath();
    context.arc(size / 2, size / 2, (5 + 9 * share) * this.ratio, 0, 2 * Math.PI);
    context.stroke();
    const pixels = new Uint32Array(context.getImageData(0, 0, size, size).data.buffer);
    const offset = [], colour = [];
    for (let k = 0; k < size * size; k++) {
      if (pixels[k] >>> 24 < 20) continue;
      offset.push((Math.floor(k / size) - size / 2) * wide + ((k % size) - size / 2));
      colour.push(pixels[k]);
    }
    return { offset: Int32Array.from(offset), colour: Uint32Array.from(colour) };
  }

  get sizeFactor() {
    return Math.max(1, Math.min(2, Math.pow(this.view.scale / 0.08, 0.4)));
  }

  // One step: every vehicle where it is at the moment, and rings where contacts are under way.
  drawVehicles(moment, rings = [], phase = 0) {
    const canvas = this.canvases[2], context = canvas.getContext("2d");
    const wide = canvas.width, tall = canvas.height;
    if (!this.frame || this.frame.width !== wide || this.frame.height !== tall) {
      this.frame = context.createImageData(wide, tall);
      this.pixels = new Uint32Array(this.frame.data.buffer);
    }
    const pixels = this.pixels;
    pixels.fill(0);
    const stamps = this.buildStamps();
    const { rides, lines } = this.day;
    const { offset, time, way, line: lineOf, kind, side, corner, vertex } = rides;
    const scale = this.view.scale * this.ratio;
    const shiftX = wide / 2 - this.view.x * scale, shiftY = tall / 2 + this.view.y * scale;
    const keep = KEEP_LEFT_PX * this.ratio * Math.min(1.6, this.sizeFactor);
    const margin = 16;
    let drawn = 0, n = 0;
    const place = this.place && this.place.length >= rides.n ? this.place : (this.place = new Int32Array(rides.n));
    const look = this.look && this.look.length >= rides.n ? this.look : (this.look = new Uint8Array(rides.n));
    for (let ride = 0; ride < rides.n; ride++) {
      const first = offset[ride], last = offset[ride + 1] - 1;
      if (time[first] > moment) break; // rides are ordered by their begin
      if (time[last] < moment) continue;
      let k = first + corner[ride];
      if (time[k] > moment) k = first;
      while (k + 1 < last && time[k + 1] <= moment) k++;
      corner[ride] = k - first;
      const lasting = time[k + 1] - time[k], ridden = way[k + 1] - way[k];
      const at = lasting > 0 ? way[k] + (ridden * (moment - time[k])) / lasting : way[k + 1];
      const line = lines[lineOf[ride]];
      let v = vertex[ride];
      if (line.way[v] > at) v = 0;
      const end = line.way.length - 2;
      while (v < end && line.way[v + 1] <= at) v++;
      vertex[ride] = v;
      const length = line.way[v + 1] - line.way[v];
      const share = length > 0 ? Math.min(1, (at - line.way[v]) / length) : 0;
      const dx = line.x[v + 1] - line.x[v], dy = line.y[v + 1] - line.y[v];
      const chord = Math.hypot(dx, dy) || 1;
      const px = Math.round((line.x[v] + share * dx) * scale + shiftX - (dy / chord) * keep);
      const py = Math.round(shiftY - (line.y[v] + share * dy) * scale - (dx / chord) * keep);
      drawn++;
      if (px < margin || py < margin || px >= wide - margin || py >= tall - margin) continue;
      const isQueue = lasting > 0 && ridden < QUEUE_MPS * lasting ? 1 : 0;
      place[n] = py * wide + px;
      look[n++] = side[ride] * 6 + kind[ride] * 2 + isQueue;
    }
    const press = (stamp, base) => {
      const shape = stamp.offset, colour = stamp.colour;
      for (let p = 0; p < shape.length; p++) pixels[base + shape[p]] = colour[p];
    };
    // All rims first, so that a dense queue is a column of its side's colour between dark edges.
    for (let k = 0; k < n; k++) if (look[k] & 1) press(stamps[look[k]], place[k]);
    for (let k = 0; k < n; k++) press(stamps[look[k] & 254], place[k]);
    const ring = stamps.rings[Math.floor(phase * RING_PHASES) % RING_PHASES], far = 32;
    for (const [x, y] of rings) {
      const px = Math.round(x * this.ratio), py = Math.round(y * this.ratio);
      if (px < far || py < far || px >= wide - far || py >= tall - far) continue;
      press(ring, py * wide + px);
    }
    context.putImageData(this.frame, 0, 0);
    this.drawn = drawn;
  }

  // Contacts' places and numbers; drawn again only when they change.
  drawPins(clusters) {
    const { colours, ratio } = this, context = this.canvases[3].getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.strokeStyle = colours.paper;
    context.lineWidth = 1.5;
    context.font = `700 11px ${FONT}`;
    for (const { px, py, rows } of clusters) {
      const isMany = rows.length > 1, text = isMany ? `${rows.length}×` : String(rows[0].number);
      const wide = Math.max(22, context.measureText(text).width + 10);
      context.fillStyle = colours.pin;
      context.beginPath();
      context.arc(px, py, 3.6, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
      context.beginPath();
      context.roundRect(px + PIN_AWAY_PX, py - 10, wide, 20, isMany ? 4 : 10);
      context.fill();
      context.stroke();
      context.fillStyle = this.theme === "dark" ? "#17181c" : "#ffffff";
      context.fillText(text, px + PIN_AWAY_PX + wide / 2, py + 0.5);
    }
  }

  draw(moment, rings, phase, isPlaying) {
    this.resize();
    if (this.isStale) {
      this.isStale = false;
      this.drawGround();
      this.hasMoved = true;
    }
    this.drawHeat(moment, isPlaying);
    this.drawVehicles(moment, rings, phase);
  }

  // ---------- what is under the pointer

  findName(px, py) {
    const near = (x, y) => {
      const [sx, sy] = this.toScreen(x, y);
      return Math.hypot(sx - px, sy - py);
    };
    for (const place of this.day.places) {
      if (near(place.x_m, place.y_m) < 13) return { kind: place.kind, name: place.name, side: place.side };
    }
    for (const [name, x, y] of this.ground.junctions) if (near(x, y) < 9) return { kind: "junction", name };
    const [x, y] = this.toGround(px, py), reach = 9 / this.view.scale;
    let best = null;
    for (let road = 0; road + 1 < this.ground.roadOffset.length; road++) {
      const box = this.box[road];
      if (x < box[0] - reach || x > box[2] + reach || y < box[1] - reach || y > box[3] + reach) continue;
      for (let v = this.ground.roadOffset[road]; v + 1 < this.ground.roadOffset[road + 1]; v++) {
        const ax = this.ground.roadX[v], ay = this.ground.roadY[v];
        const bx = this.ground.roadX[v + 1] - ax, by = this.ground.roadY[v + 1] - ay;
        const share = Math.max(0, Math.min(1, ((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by || 1)));
        const away = Math.hypot(ax + share * bx - x, ay + share * by - y);
        if (away < reach && (!best || away < best.away)) best = { away, road };
      }
    }
    return best && { kind: "road", name: this.ground.names[this.ground.roadName[best.road]] };
  }

  // A round length for the scale bar, and its width.
  chooseScale() {
    const most = 120 / this.view.scale;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((factor) => factor * power).find((value) => value <= most) || power;
    return { length, width: length * this.view.scale };
  }
}
