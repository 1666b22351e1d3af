// The ground of the map: water, roads, places and names, and an online map under them when it is asked for.

Object.assign(Scene.prototype, {
  drawGround() {
    const { ground, colours, view, width, height, ratio } = this, context = this.canvases[0].getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.land;
    context.fillRect(0, 0, width, height);
    if (this.show.tiles) this.drawTiles(context);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = colours.water;
    context.lineWidth = Math.max(2.5, Math.min(60 * view.scale, 26));
    for (let line = 0; line + 1 < ground.waterOffset.length; line++) {
      this.strokeLine(context, ground.waterX, ground.waterY, ground.waterOffset[line], ground.waterOffset[line + 1]);
    }
    const zoom = Math.max(0.6, Math.min(3.2, Math.pow(view.scale / 0.06, 0.55)));
    const inside = this.order.filter((road) => this.isInside(this.box[road]));
    for (const isCasing of [true, false]) {
      for (const road of inside) {
        const rank = ground.roadRank[road], isMain = rank <= 3;
        const roadWidth = ROAD_WIDTH[Math.min(rank, ROAD_WIDTH.length - 1)] * zoom;
        context.lineWidth = isCasing ? roadWidth + 1.6 : roadWidth;
        context.strokeStyle = isCasing ? (isMain ? colours.casingMain : colours.casing) : isMain ? colours.roadMain : colours.road;
        this.strokeLine(context, ground.roadX, ground.roadY, ground.roadOffset[road], ground.roadOffset[road + 1]);
      }
    }
    this.taken = [];
    const places = this.drawPlaces(context);
    if (!this.show.names) return;
    this.drawRoadNames(context, inside, zoom);
    if (view.scale > 0.09) this.drawJunctionNames(context);
    if (view.scale > 0.09) {
      for (const place of places) {
        if (place.kind === "assembly") this.writeBeside(context, place.name, place.px, place.py, 11, 400, 11.5, colours.grey);
      }
    }
  },

  isInside([left, low, right, high]) {
    const [x0, y1] = this.toGround(-20, -20), [x1, y0] = this.toGround(this.width + 20, this.height + 20);
    return right >= x0 && left <= x1 && high >= y0 && low <= y1;
  },

  strokeLine(context, xs, ys, begin, end) {
    context.beginPath();
    for (let v = begin; v < end; v++) {
      const [px, py] = this.toScreen(xs[v], ys[v]);
      if (v === begin) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    context.stroke();
  },

  drawPlaces(context) {
    if (!this.day) return [];
    const { colours } = this;
    const places = [...this.day.places].sort((a, b) => (a.kind === "venue") - (b.kind === "venue"));
    for (const place of places) {
      const [px, py] = this.toScreen(place.x_m, place.y_m);
      place.px = px;
      place.py = py;
      context.fillStyle = colours.side[place.side];
      context.strokeStyle = colours.paper;
      context.lineWidth = 2;
      context.beginPath();
      if (place.kind === "venue") {
        context.arc(px, py, 12, 0, 2 * Math.PI);
      } else {
        context.moveTo(px, py - 7);
        context.lineTo(px + 7, py + 5.5);
        context.lineTo(px - 7, py + 5.5);
        context.closePath();
      }
      context.fill();
      context.stroke();
      context.fillStyle = this.theme === "dark" ? "#17181c" : "#ffffff";
      context.textAlign = "center";
      context.textBaseline = "middle";
      if (place.kind === "venue") {
        context.font = `700 ${place.side ? 14 : 10}px ${FONT}`;
        context.fillText(place.side || "1·2", px, py + 1);
        this.taken.push([px - 14, py - 14, px + 14, py + 14]);
      } else {
        this.taken.push([px - 8, py - 8, px + 8, py + 8]);
      }
    }
    for (const place of places) {
      if (place.kind === "venue") this.writeBeside(context, place.name, place.px, place.py, 17, 600, 13, colours.ink);
    }
    return places;
  },

  writeBeside(context, text, px, py, away, weight, size, ink) {
    context.font = `${weight} ${size}px ${FONT}`;
    const wide = context.measureText(text).width;
    // To the left first: numbers of contacts stand to the right.
    const spots = [[px - away - wide, py], [px + away, py], [px - wide / 2, py - away - size / 2], [px - wide / 2, py + away + size / 2]];
    for (const [left, middle] of spots) {
      const box = [left - 2, middle - size / 2 - 2, left + wide + 2, middle + size / 2 + 2];
      if (box[0] < 4 || box[2] > this.width - 4 || box[1] < 4 || box[3] > this.height - 4 || this.isTaken(box)) continue;
      this.taken.push(box);
      this.writeHaloed(context, text, left, middle, ink);
      return true;
    }
    return false;
  },

  writeHaloed(context, text, left, middle, ink) {
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = this.colours.halo;
    context.strokeText(text, left, middle);
    context.fillStyle = ink;
    context.fillText(text, left, middle);
  },

  isTaken(box) {
    return this.taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
  },

  drawRoadNames(context, inside, zoom) {
    const { ground, colours, view } = this;
    const best = new Map(), bent = new Map(), widths = new Map();
    const measure = (name, rank) => {
      if (!widths.has(name)) {
        context.font = `500 ${rank <= 3 ? 12 : 11}px ${FONT}`;
        widths.set(name, context.measureText(name).width);
      }
      return widths.get(name);
    };
    for (const road of inside) {
      const name = ground.names[ground.roadName[road]];
      const rank = ground.roadRank[road];
      if (!name || (rank > 3 && view.scale < 0.08) || (rank > 4 && view.scale < 0.16)) continue;
      const list = best.get(name) || [];
      const wide = measure(name, rank);
      let spots = this.findStretches(road, 0.85 * wide);
      // A main road is named even where it bends, if need be beside it.
      if (!spots.length && rank <= 3) spots = this.findStretches(road, 0.45 * wide);
      if (!spots.length && rank <= (view.scale < 0.08 ? 2 : 3)) bent.set(name, [...(bent.get(name) || []), road]);
      list.push(...spots.map((spot) => ({ ...spot, rank })));
      best.set(name, list);
    }
    const isNamed = new Set();
    const names = [...best.entries()].filter(([, list]) => list.length).map(([name, list]) => [name, list.sort((a, b) => b.length - a.length)]);
    names.sort((a, b) => a[1][0].rank - b[1][0].rank || b[1][0].length - a[1][0].length);
    for (const [name, list] of names) {
      const size = list[0].rank <= 3 ? 12 : 11;
      context.font = `500 ${size}px ${FONT}`;
      const wide = context.measureText(name).width;
      for (const spot of list.slice(0, 12)) {
        let angle = spot.angle;
        if (angle > Math.PI / 2 || angle <= -Math.PI / 2) angle -= Math.PI;
        const c = Math.abs(Math.cos(angle)), s = Math.abs(Math.sin(angle));
        const halfX = (wide * c + size * s) / 2, halfY = (wide * s + size * c) / 2;
        const away = 9 + 2 * zoom; // beside the road, so that the vehicles do not run over it
        const px = spot.mx + Math.sin(angle) * away, py = spot.my - Math.cos(angle) * away;
        const box = [px - halfX, py - halfY, px + halfX, py + halfY];
        if (box[0] < 4 || box[1] < 4 || box[2] > this.width - 4 || box[3] > this.height - 4 || this.isTaken(box)) continue;
        this.taken.push(box);
        context.save();
        context.translate(px, py);
        context.rotate(angle);
        this.writeHaloed(context, name, -wide / 2, 0, colours.grey);
        context.restore();
        isNamed.add(name);
        break;
      }
    }
    for (const [name, roads] of bent) {
      for (const road of roads) {
        if (isNamed.has(name)) break;
        const middle = (ground.roadOffset[road] + ground.roadOffset[road + 1]) >> 1;
        const [px, py] = this.toScreen(ground.roadX[middle], ground.roadY[middle]);
        if (px < 0 || py < 0 || px > this.width || py > this.height) continue;
        if (this.writeBeside(context, name, px, py, 12 + zoom, 500, 11, colours.grey)) isNamed.add(name);
      }
    }
  },

  drawJunctionNames(context) {
    const { ground, colours } = this;
    for (const [name, x, y] of ground.junctions) {
      const [px, py] = this.toScreen(x, y);
      if (px < 0 || py < 0 || px > this.width || py > this.height) continue;
      if (this.writeBeside(context, name, px, py, 9, 500, 11.5, colours.ink)) {
        context.fillStyle = colours.ink;
        context.beginPath();
        context.arc(px, py, 2.4, 0, 2 * Math.PI);
        context.fill();
      }
    }
  },

  // Where a road is straight for some length: the middle and angle of such stretches, the straighter the better.
  findStretches(road, least) {
    const { ground } = this, spots = [];
    const first = ground.roadOffset[road], last = ground.roadOffset[road + 1] - 1;
    const points = [];
    for (let v = first; v <= last; v++) points.push(this.toScreen(ground.roadX[v], ground.roadY[v]));
    for (let a = 0; a < points.length - 1; a++) {
      let length = 0, b = a;
      while (b + 1 < points.length && length < least) {
        length += Math.hypot(points[b + 1][0] - points[b][0], points[b + 1][1] - points[b][1]);
        b++;
      }
      if (length < least) break;
      const dx = points[b][0] - points[a][0], dy = points[b][1] - points[a][1];
      const straight = Math.hypot(dx, dy) / length;
      if (straight < 0.94) continue;
      spots.push({ length: length * straight ** 4, mx: (points[a][0] + points[b][0]) / 2, my: (points[a][1] + points[b][1]) / 2, angle: Math.atan2(dy, dx) });
    }
    return spots;
  },

  // Pictures of an online map under the roads, only when asked for: squares of the web's map, each turned to lie right.
  drawTiles(context) {
    const { globe } = this.ground;
    if (!globe || !this.tileAddress) return;
    const put = (lon, lat) => {
      const terms = [1, lon, lat, lon * lat, lon * lon, lat * lat];
      const sum = (row) => row.reduce((total, factor, k) => total + factor * terms[k], 0);
      return this.toScreen(sum(globe[0]), sum(globe[1]));
    };
    const centre = this.findOnGlobe(...this.toGround(this.width / 2, this.height / 2));
    const metresPerPixel = 1 / this.view.scale;
    const level = Math.max(3, Math.min(18, Math.round(Math.log2((40075016 * Math.cos((centre[1] * Math.PI) / 180)) / (256 * metresPerPixel)))));
    const n = 2 ** level;
    const column = (lon) => ((lon + 180) / 360) * n;
    const row = (lat) => ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * n;
    const lonOf = (k) => (k / n) * 360 - 180;
    const latOf = (k) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * k) / n))) * 180) / Math.PI;
    const corner = [this.findOnGlobe(...this.toGround(0, 0)), this.findOnGlobe(...this.toGround(this.width, this.height))];
    for (let i = Math.floor(column(corner[0][0])); i <= Math.floor(column(corner[1][0])); i++) {
      for (let j = Math.floor(row(corner[0][1])); j <= Math.floor(row(corner[1][1])); j++) {
        const image = this.loadTile(level, i, j);
        if (!image.complete || !image.naturalWidth) continue;
        const [ax, ay] = put(lonOf(i), latOf(j)), [bx, by] = put(lonOf(i + 1), latOf(j)), [cx, cy] = put(lonOf(i), latOf(j + 1));
        context.save();
        context.transform((bx - ax) / 256, (by - ay) / 256, (cx - ax) / 256, (cy - ay) / 256, ax, ay);
        context.globalAlpha = 0.55;
        context.drawImage(image, 0, 0, 256.5, 256.5);
        context.restore();
      }
    }
  },

  findOnGlobe(x, y) {
    const [ax, ay] = this.ground.globe;
    let lon = 117, lat = 0; // Newton from anywhere nearby: the fit is nearly linear
    for (let k = 0; k < 20; k++) {
      const terms = [1, lon, lat, lon * lat, lon * lon, lat * lat];
      const value = (row) => row.reduce((total, factor, j) => total + factor * terms[j], 0);
      const slope = (row) => [row[1] + row[3] * lat + 2 * row[4] * lon, row[2] + row[3] * lon + 2 * row[5] * lat];
      const [a, b] = slope(ax), [c, d] = slope(ay);
      const ex = x - value(ax), ey = y - value(ay), area = a * d - b * c;
      lon += (d * ex - b * ey) / area;
      lat += (a * ey - c * ex) / area;
    }
    return [lon, lat];
  },

  loadTile(level, i, j) {
    const address = this.tileAddress.replace("{z}", level).replace("{x}", i).replace("{y}", j);
    let image = this.tiles.get(address);
    if (!image) {
      if (this.tiles.size > 300) this.tiles.clear();
      image = new Image();
      image.crossOrigin = "anonymous"; // otherwise the picture could not be saved
      image.onload = () => { this.isStale = true; };
      image.src = address;
      this.tiles.set(address, image);
    }
    return image;
  },
});
