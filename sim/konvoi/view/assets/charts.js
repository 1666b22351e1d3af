// Small charts beside the map: the whole day faint, what has happened so far strong.

const TYPES = ["head_on", "crossing", "merging", "tailing", "queue_beside", "passing_place"];

// Per minute of the day: vehicles on the road of either side, and people in contact (the rate of exposure).
function buildSeries(day) {
  const n = Math.max(2, Math.ceil((day.end_s - day.begin_s) / 60) + 1);
  const series = { n, vehicles: { 1: new Float64Array(n), 2: new Float64Array(n) }, people: new Float64Array(n), most: { vehicles: 1, people: 1 } };
  for (let k = 0; k < n; k++) {
    const moment = day.begin_s + 60 * k;
    for (const side of [1, 2]) {
      series.vehicles[side][k] = countOnRoad(day, side, moment);
      series.most.vehicles = Math.max(series.most.vehicles, series.vehicles[side][k]);
    }
  }
  for (const row of day.contacts) {
    const first = Math.max(0, Math.ceil((row.begin_s - day.begin_s) / 60)), rate = rateOf(row);
    for (let k = first; k < n && day.begin_s + 60 * k < row.end_s; k++) series.people[k] += rate;
  }
  for (const value of series.people) series.most.people = Math.max(series.most.people, value);
  return series;
}

// People of the smaller side in a contact, on average over its duration: its exposure spread over its time.
function rateOf(row) {
  return row.end_s > row.begin_s ? (60 * row.exposure_person_min) / (row.end_s - row.begin_s) : 0;
}

class Chart {
  constructor(host, page, draw, words) {
    Object.assign(this, { host, page, words });
    this.lines = draw;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    host.append(this.canvas);
  }

  draw() {
    const { page, host, canvas } = this;
    const wide = host.clientWidth, tall = host.clientHeight;
    if (wide < 10) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(tall * ratio)) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(tall * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, tall);
    const { day, series, scene } = page, colours = scene.colours;
    const { most, lines } = this.lines(series);
    const top = roundUp(most), left = 2, low = tall - 16, high = 16;
    const toX = (k) => left + (k / (series.n - 1)) * (wide - 2 * left);
    const toY = (value) => low - (value / top) * (low - high);
    context.fillStyle = context.strokeStyle = colours.grey;
    context.font = `11px ${FONT}`;
    context.globalAlpha = 0.3;
    for (const value of [0, top]) context.fillRect(left, Math.round(toY(value)), wide - 2 * left, 1);
    context.globalAlpha = 1;
    context.textAlign = "left";
    context.textBaseline = "bottom";
    context.fillText(page.number(top), left, high - 2);
    context.textBaseline = "top";
    context.fillText(page.clock(day.begin_s, false), left, low + 3);
    context.textAlign = "right";
    context.fillText(page.clock(day.end_s, false), wide - left, low + 3);
    const now = Math.max(0, Math.min(series.n - 1, (page.moment - day.begin_s) / 60));
    for (const { values, colour, isArea, dash } of lines) {
      for (const [isPast, alpha] of [[false, 0.28], [true, 1]]) {
        context.save();
        context.beginPath();
        if (isPast) context.rect(0, 0, toX(now), tall);
        else context.rect(toX(now), 0, wide, tall);
        context.clip();
        context.globalAlpha = alpha;
        context.strokeStyle = context.fillStyle = colour;
        context.lineWidth = 1.8;
        context.setLineDash(dash || []);
        context.beginPath();
        for (let k = 0; k < series.n; k++) context.lineTo(toX(k), toY(values[k]));
        if (isArea) {
          context.lineTo(toX(series.n - 1), low);
          context.lineTo(toX(0), low);
          context.globalAlpha = alpha * 0.55;
          context.fill();
        } else {
          context.stroke();
        }
        context.restore();
      }
    }
    context.fillStyle = colours.ink;
    context.fillRect(toX(now) - 0.5, high - 4, 1, low - high + 4);
    const index = Math.round(now);
    canvas.setAttribute("aria-label", page.say("chart_label", {
      what: page.say(this.words),
      now: lines.map(({ values }) => page.number(values[index])).join(" · "),
      most: page.number(most),
    }));
  }
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((top) => top >= value);
}
