// Messages of sim/konvoi/view/packing.py: unzip, take apart, and lay out as arrays that can be drawn.

async function unpackMessage(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(raw.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + length)));
  const blocks = {};
  let at = 4 + length;
  for (const [name, size] of Object.entries(head.blocks)) {
    blocks[name] = raw.subarray(at, at + size);
    at += size;
  }
  return { head, blocks, size: bytes.byteLength };
}

// Whole numbers of 7 bits a byte, the lowest first.
function readNumbers(block) {
  let n = 0;
  for (let k = 0; k < block.length; k++) n += block[k] < 128;
  const values = new Float64Array(n);
  for (let k = 0, at = 0; k < n; k++) {
    let value = 0, factor = 1, byte;
    do {
      byte = block[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    values[k] = value;
  }
  return values;
}

function readSigned(block) {
  const values = readNumbers(block);
  for (let k = 0; k < values.length; k++) values[k] = values[k] % 2 ? -(values[k] + 1) / 2 : values[k] / 2;
  return values;
}

function addUp(values) {
  for (let k = 1; k < values.length; k++) values[k] += values[k - 1];
  return values;
}

function toOffsets(counts) {
  const offset = new Int32Array(counts.length + 1);
  for (let k = 0; k < counts.length; k++) offset[k + 1] = offset[k] + counts[k];
  return offset;
}

async function unpackGround(bytes) {
  const { head, blocks, size } = await unpackMessage(bytes);
  const [x0, y0] = head.origin_m;
  const place = (name, from) => addUp(readSigned(blocks[name])).map((value) => from + value * head.shape_step_m);
  return {
    ...head,
    size,
    roadOffset: toOffsets(readNumbers(blocks.road_count)),
    roadX: place("road_x", x0),
    roadY: place("road_y", y0),
    roadName: readNumbers(blocks.road_name),
    roadRank: readNumbers(blocks.road_rank),
    linkRoad: readNumbers(blocks.link_road),
    linkLength: readNumbers(blocks.link_length).map((value) => value * head.length_step_m),
    waterOffset: toOffsets(readNumbers(blocks.water_count)),
    waterX: place("water_x", x0),
    waterY: place("water_y", y0),
  };
}

// Links one after the other: coordinates, and the way from the begin.
function traceLine(ground, links, begin, end) {
  const x = [], y = [], way = [];
  let from = 0;
  for (let k = begin; k < end; k++) {
    const road = Math.floor(ground.linkRoad[links[k]] / 2), isBack = ground.linkRoad[links[k]] % 2 === 1;
    const first = ground.roadOffset[road], last = ground.roadOffset[road + 1] - 1;
    const length = ground.linkLength[links[k]];
    const shape = [];
    for (let v = first; v <= last; v++) shape.push(isBack ? last - (v - first) : v);
    let drawn = 0;
    const along = shape.map((v, j) => {
      if (j) drawn += Math.hypot(ground.roadX[v] - ground.roadX[shape[j - 1]], ground.roadY[v] - ground.roadY[shape[j - 1]]);
      return drawn;
    });
    shape.forEach((v, j) => {
      if (j === 0 && x.length) return; // joints once
      x.push(ground.roadX[v]);
      y.push(ground.roadY[v]);
      way.push(from + (drawn > 0 ? (along[j] / drawn) * length : 0));
    });
    from += length;
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y), way: Float64Array.from(way) };
}

async function unpackDay(bytes, ground) {
  const { head, blocks, size } = await unpackMessage(bytes);
  const lineOffset = toOffsets(readNumbers(blocks.line_count));
  const lineLink = readNumbers(blocks.line_link);
  const lines = [];
  for (let line = 0; line + 1 < lineOffset.length; line++) {
    lines.push(traceLine(ground, lineLink, lineOffset[line], lineOffset[line + 1]));
  }
  const begin = addUp(readSigned(blocks.ride_begin));
  const kind = readNumbers(blocks.ride_kind);
  const offset = toOffsets(readNumbers(blocks.ride_count));
  const stepTime = readNumbers(blocks.ride_time), stepWay = readNumbers(blocks.ride_way);
  const n = begin.length;
  const time = new Float64Array(offset[n]), way = new Float64Array(offset[n]);
  const rideLine = new Int32Array(n), rideClass = new Uint8Array(n), rideSide = new Uint8Array(n);
  for (let ride = 0, step = 0; ride < n; ride++) {
    rideLine[ride] = Math.floor(kind[ride] / 4);
    rideClass[ride] = kind[ride] % 4;
    rideSide[ride] = head.line_side[rideLine[ride]];
    let moment = begin[ride], at = 0;
    time[offset[ride]] = moment * head.time_step_s;
    way[offset[ride]] = 0;
    for (let k = offset[ride] + 1; k < offset[ride + 1]; k++, step++) {
      moment += stepTime[step];
      at += stepWay[step];
      time[k] = moment * head.time_step_s;
      way[k] = at * head.way_step_m;
    }
  }
  const contacts = [];
  for (let k = 0; k < head.contacts.contact.length; k++) {
    const row = {};
    for (const [name, values] of Object.entries(head.contacts)) row[name] = values[k];
    contacts.push({ ...row, number: row.contact + 1 });
  }
  return {
    ...head,
    size,
    contacts,
    lines,
    rides: { n, offset, time, way, line: rideLine, kind: rideClass, side: rideSide,
      corner: new Int32Array(n), vertex: new Int32Array(n) },
    counts: countRides(n, offset, time, rideSide),
  };
}

// Begins and ends of each side's rides in order, to tell at any moment how many are on the road.
function countRides(n, offset, time, side) {
  const counts = {};
  for (const own of [1, 2]) {
    const begin = [], end = [];
    for (let ride = 0; ride < n; ride++) {
      if (side[ride] !== own) continue;
      begin.push(time[offset[ride]]);
      end.push(time[offset[ride + 1] - 1]);
    }
    counts[own] = { begin: Float64Array.from(begin).sort(), end: Float64Array.from(end).sort() };
  }
  return counts;
}

function countBefore(sorted, moment, isInclusive) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < moment || (isInclusive && sorted[middle] === moment)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countOnRoad(day, side, moment) {
  return countBefore(day.counts[side].begin, moment, true) - countBefore(day.counts[side].end, moment, false);
}
