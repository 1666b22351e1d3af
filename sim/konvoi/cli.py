"""The console command: konvoi run | sweep | compare | report | view | replay | roads | init | check. Imports wait until needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from konvoi import __version__
from konvoi.errors import RallyError

HELP = f"""\
konvoi {__version__} — seberapa sering konvoi dua pasangan calon bertemu di jalan?
                how often do the convoys of two candidate pairs meet on the road?

Perintah / commands:
  konvoi run     satu hari rapat umum, satu ulangan      one rally day, one replication
  konvoi sweep   jeda x jarak lokasi, banyak ulangan     gap x separation, many replications: the verdict
  konvoi compare rencana mana yang lebih jarang kontak    named plans on the same simulated days
  konvoi report  bahan Rakor dari folder hasil           slides, page, workbook, maps from a results folder
  konvoi view    satu hari di peta, di peramban         one day on the map, in the browser
  konvoi replay  satu hari sebagai satu berkas HTML     one day as one HTML file
  konvoi roads   jaringan jalan: unduh, periksa, betulkan road networks: fetch, check, repair
  konvoi init    skenario dari surat pemberitahuan       a scenario from the notice to the police
  konvoi check   periksa skenario dan aturan             validate a scenario, list rule hints

  konvoi COMMAND --help     keys and examples
  konvoi --version

Contoh / example:
  konvoi run rally.gap_min=60 seed=7
"""

KEYS = """\
Keys (any of configs/*.yaml; KEY=VALUE, in any order):
  scenario=NAME or FILE.yaml     default kutim_kampanye_akbar; scenario.KEY=VALUE changes a value in it
  rally.gap_min=60               start of the later rally minus start of the earlier one; another_day for separate days;
                                 default: as the scenario plans (scenario.rally.planned_gap_min)
  rally.venue_pair=km07          a key of the scenario's venue_pairs
  rally.first_side=2             whose rally starts first
  rally.hold_back_min=30         organised convoys wait at the venue after the rally
  behaviour.turnout=2            twice as many people; behaviour.pcu.motorcycle=0.4, behaviour.organised_speed_kmh=15, …
  weather.rain=heavy             dry, light or heavy
  contact.distance_m=100         contact distance
  seed=7  lang=en  out=DIR  progress=false
"""

MODULE = {"replay": "view"}  # of a command, where it is not named after it
VERB_HELP = {
    "run": f"""\
konvoi run [KEY=VALUE ...]
Run one replication; print a summary; write summary.json, contacts.csv, events.parquet, manifest.json.

  replication=3                  the fourth replication of the seed
  --multirun KEY=A,B,…           one run per combination, in outputs/multirun; hydra/launcher=joblib, submitit_slurm or
                                 ray (pip install "konvoi[launchers]") spreads them; hydra.KEY=VALUE sets Hydra itself
{KEYS}
Example: konvoi run scenario=kutim_kampanye_akbar rally.gap_min=60 seed=7 out=hasil
Example: konvoi run --multirun rally.gap_min=0,120,240 replication=0,1
""",
    "sweep": f"""\
konvoi sweep [KEY=VALUE ...]
Run a whole design on all cores; print the verdict; write tables, figures and verdict.json. Whatever stops it — Ctrl-C,
a power cut, a full disk — keeps what is finished; the same command continues it to the same tables.

  rally.gap_min=0,120,240        a list of levels makes a key a factor of the design
  design.replications=400        replications per design point
  design.stopping=precision      more replications where the answer is open, up to design.cap=1000, until the interval is
                                 within ±design.half_width=0.02 or on one side of the threshold
  design.threshold=0.05          largest acceptable P(contact)
  experiment=NAME                another question: configs/experiment, e.g. rain, late_side, what_if, robustness
  --quick                        a first answer in under a minute, with wider intervals
  -j 2  or  workers=2            processes, jobs or Ray tasks at a time
  --new  or  new=true            move another sweep in the output folder aside, to NAME.old-1
  executor=ray                   on Ray: ray.address=local (this machine), auto or HOST:PORT; pip install "konvoi[ray]"
  executor=submitit              on Slurm: submitit.partition=…, submitit.timeout_min=60; pip install "konvoi[slurm]"
  parts=DIR or s3://BUCKET/KEY   where finished batches are kept, for workers without a shared output folder
{KEYS}
Example: konvoi sweep rally.gap_min=0,120,240,another_day design.replications=200 out=hasil
""",
    "compare": """\
konvoi compare [PLAN ...] [plans=FILE.yaml] [KEY=VALUE ...]
konvoi compare FOLDER FOLDER ... [lang=en] [out=DIR]
Run named plans on the same simulated days and say which has fewer contacts, with the paired difference, its interval,
and whether chance alone could explain it. The first plan is the one the others are compared with; without names all
plans of the file are compared. Folders of finished sweeps are compared by the plan each of them judged.

A file of plans (rencana.yaml unless plans= says otherwise):
  scenario: kutim_kampanye_akbar     # may be left out
  plans:
    bersamaan: {rally.gap_min: 0}
    jeda 390 menit: {rally.gap_min: 390}
    hari lain: {rally.gap_min: another_day}
    jeda 390, ditahan: {rally.gap_min: 390, rally.hold_back_min: 30}

  design.replications=200        simulated days per plan
  --quick                        a first answer in under a minute, with wider intervals

Example: konvoi compare bersamaan "hari lain" plans=rencana.yaml design.replications=60 out=hasil
""",
    "report": """\
konvoi report DIR [KEY=VALUE ...]
Print the verdict of a sweep, draw its figures again, and write DIR/report: slides, one page, workbook, GIS files,
pictures, permit conditions and a film for the coordination meeting (Rakor); from its tables alone, without internet.

  lang=en                        default id
  template=provinsi.pptx         fill your own slide template
  animation=false                without the film, which takes longest
  add=DIR2,DIR3                  take what-if, robustness and comparison tables from other sweeps of the same scenario

Example: konvoi report outputs/kutim_kampanye_akbar-1a2b3c4d template=provinsi.pptx
""",
    "view": f"""\
konvoi view [KEY=VALUE ...]
Show one rally day on the map in the browser: play, go back, change the plan, compute again. Works without internet;
needs the optional packages: pip install "konvoi[view]".

  port=8765                      where the page is served; the next free one is taken
  host=127.0.0.1                 only this computer; another address opens the page to the network (a warning says so)
  open=false                     do not open the browser
  sweep=DIR                      show the verdict of a sweep beside the map
  tiles=https://…/{{z}}/{{x}}/{{y}}.png   offer an online map under the roads: the only thing that needs internet
  replication=3                  the fourth replication of the seed
{KEYS}
Example: konvoi view rally.gap_min=120 sweep=hasil
""",
    "replay": f"""\
konvoi replay out=FILE.html [KEY=VALUE ...]
Write one rally day as one file that plays in any browser by double click, without konvoi and without internet.

  replication=3                  the fourth replication of the seed
  sweep=DIR                      with the verdict of a sweep
{KEYS}
Example: konvoi replay rally.gap_min=120 out=hari.html
""",
    "roads": """\
konvoi roads fetch out=FILE.graphml AREA [KEY=VALUE ...]
  AREA is one of                 place="Tanjung Redeb, Berau"
                                 point=LAT,LON radius_m=5000
                                 box=WEST,SOUTH,EAST,NORTH
                                 polygon=FILE.geojson
  extract=FILE.osm.pbf           cut the area out of a file (.osm .osm.gz .osm.bz2 .osm.pbf .graphml): no internet needed
  overpass_url=… nominatim_url=… servers of one's own
  timeout_s=180  retries=3       patience; a pause before each retry, or what the server asks for
  cache=DIR                      where finished pieces of today are kept, so that a broken download goes on
konvoi roads info FILE           size, road classes, share of assumed values
konvoi roads build FILE          the same; compiles the file for fast loading
konvoi roads check FILE          faults that matter to convoys: table, picture, coordinates
  scenario=NAME                  … and venues or assembly points that hang on a lost part
  out=DIR
konvoi roads repair FILE         write the safe corrections into FILE.edits.yaml, offer the others there as comments

A file kota.edits.yaml beside kota.graphml corrects it, now and after every new download: close_road, set_lanes,
name_road, name_junction, both_ways, join_roads, merge_junction, move_place. Take a line out to undo it.

Road files: .osm .osm.gz .osm.bz2 .osm.pbf (needs the package osmium) .graphml; lang=en, manual=NAME, progress=false.
Roads from OpenStreetMap are © OpenStreetMap contributors, ODbL. Only fetch without extract= needs internet.

Example: konvoi roads fetch out=berau.graphml point=2.15,117.503 radius_m=8000
Example: konvoi roads check kota.graphml scenario=rapat_saya.yaml
""",
    "init": """\
konvoi init template=surat.xlsx              write an empty form (.xlsx or .csv) of what a notice to the police lists
konvoi init surat.xlsx roads=kota.graphml    make a scenario of a filled form, and a picture of its routes to confirm
  out=rapat_saya.yaml  lang=en
Positions are coordinates, a junction (Jl. A x Jl. B) or one street; routes are street names in their order. Names are
matched to the map; what cannot be understood is told with its cell, and nothing is written then.

Example: konvoi init contoh_sangatta.csv roads=sangatta.osm out=contoh.yaml
""",
    "check": """\
konvoi check [scenario=NAME or FILE.yaml] [KEY=VALUE ...]
Validate a scenario and its roads, and list what the rules of the campaign say about it.

Example: konvoi check scenario=rapat_saya.yaml
""",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console command; return its exit code.

    Exit codes: 0 done, 2 bad input (one clear message), 130 interrupted (what was finished is kept).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles and pipes may be set to an encoding without dashes or arrows.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if not words or words[0] in {"-h", "--help", "help"}:
        print(HELP, end="")
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"konvoi {__version__}")
        return 0
    verb, rest = words[0], words[1:]
    if verb not in VERB_HELP:
        print(f"konvoi: there is no command {verb!r}; there are: {', '.join(VERB_HELP)}", file=sys.stderr)
        return 2
    if any(word in {"-h", "--help"} for word in rest):
        print(VERB_HELP[verb], end="")
        return 0
    try:
        return _load(verb)(rest)
    except RallyError as fault:
        print(f"konvoi {verb}: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"konvoi {verb}: dihentikan (interrupted)", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


def _load(verb: str) -> Callable[[list[str]], int]:
    """Import what a command needs, and no more."""
    command: Callable[[list[str]], int] = getattr(import_module(f"konvoi.commands.{MODULE.get(verb, verb)}"), verb)
    return command


if __name__ == "__main__":
    raise SystemExit(main())
