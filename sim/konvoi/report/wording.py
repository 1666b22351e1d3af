"""All that planners read, in Bahasa Indonesia and English: one table of sentences, and how numbers are written."""

from __future__ import annotations

import textwrap
from datetime import date
from math import floor, isfinite, log10

from konvoi.report.comparison_sentences import COMPARISON_SENTENCES
from konvoi.report.sentences import PACK_SENTENCES
from konvoi.units import SECONDS_PER_DAY, s_to_clock

LANGUAGES = ("id", "en")

SENTENCES: dict[str, dict[str, str]] = {
    **PACK_SENTENCES,
    **COMPARISON_SENTENCES,
    # How often, and numbers
    "days_of": {
        "id": "{hits} dari {days} hari seperti ini",
        "en": "{hits} of {days} days like this one",
    },
    "days_less": {
        "id": "kurang dari {hits} dari {days} hari seperti ini",
        "en": "fewer than {hits} of {days} days like this one",
    },
    "days_more": {
        "id": "lebih dari {hits} dari {days} hari seperti ini",
        "en": "more than {hits} of {days} days like this one",
    },
    "range_words": {"id": "{low} s.d. {high}", "en": "{low} to {high}"},
    # The plan
    "same_start": {"id": "mulai bersamaan", "en": "same start"},
    "gap": {"id": "jeda {gap} menit", "en": "gap of {gap} min"},
    "another_day": {"id": "hari lain", "en": "another day"},
    "verdict_heading": {"id": "PUTUSAN · {title}", "en": "VERDICT · {title}"},
    "plan": {
        "id": "Rencana: {gap}; {venue_1} (1) – {venue_2} (2); {road} km lewat jalan.",
        "en": "Plan: {gap}; {venue_1} (1) – {venue_2} (2); {road} km by road.",
    },
    "plan_variant": {
        "id": "Taraf faktor lain pada rencana: {variant}.",
        "en": "Other factor levels of the plan: {variant}.",
    },
    "plan_missing": {
        "id": "Rencana yang hendak dinilai tidak termasuk dalam rancangan simulasi ini; lihat tabel.",
        "en": "The plan to be judged is not part of this simulated design; see the table.",
    },
    "plan_without_result": {
        "id": "Tidak ada ulangan rencana yang berhasil; tidak ada putusan.",
        "en": "No replication of the plan ended well; there is no verdict.",
    },
    # The answer
    "above": {
        "id": "DI ATAS AMBANG {threshold}. Kontak di jalan terjadi pada {days}.",
        "en": "ABOVE THE THRESHOLD OF {threshold}. Contact on the road happens on {days}.",
    },
    "below": {
        "id": "DI BAWAH AMBANG {threshold}. Kontak di jalan terjadi pada {days}.",
        "en": "BELOW THE THRESHOLD OF {threshold}. Contact on the road happens on {days}.",
    },
    "straddles": {
        "id": "BELUM PASTI: selang kepercayaan memuat ambang {threshold}; tambah ulangan. Kontak terjadi pada {days}.",
        "en": (
            "NOT YET SURE: the interval holds the threshold of {threshold}; run more replications. Contact on {days}."
        ),
    },
    "label_contacts": {"id": "Kontak per hari", "en": "Contacts per day"},
    "label_exposure": {"id": "Paparan per hari", "en": "Exposure per day"},
    "label_probability": {"id": "P(kontak)", "en": "P(contact)"},
    "label_phases": {"id": "P per perjalanan", "en": "P by trips"},
    "value_interval": {"id": "{value} ({interval})", "en": "{value} ({interval})"},
    "value_exposure": {"id": "{value} orang-menit ({interval})", "en": "{value} person-min ({interval})"},
    "value_probability": {
        "id": "{value} ({interval}) dari {n} ulangan; dalam kurung: selang kepercayaan {confidence}",
        "en": "{value} ({interval}) from {n} replications; in brackets: {confidence} confidence intervals",
    },
    "label_riders": {"id": "P sesama konvoi", "en": "P between riders"},
    "value_riders": {
        "id": "{value} ({interval}) tanpa melewati orang di titik kumpul atau lokasi",
        "en": "{value} ({interval}) without passing people at assembly points or venues",
    },
    "value_phases": {
        "id": "keduanya berangkat {out_out} · berangkat dan pulang {out_home} · keduanya pulang {home_home}",
        "en": "both outbound {out_out} · outbound and homebound {out_home} · both homebound {home_home}",
    },
    "saturated": {
        "id": "P mendekati 100 % sehingga tidak membedakan rencana: bandingkan kontak dan paparan.",
        "en": "P is close to 100% and cannot tell plans apart: compare contacts and exposure.",
    },
    # The gap
    "gap_found": {
        "id": (
            "Jeda terpendek yang cukup di lokasi rencana: {gap} menit (sejak itu ujung atas selang P di "
            "bawah {threshold})."
        ),
        "en": (
            "Shortest sufficient gap at the planned venues: {gap} min (from there the upper end of P is "
            "below {threshold})."
        ),
    },
    "gap_none": {
        "id": (
            "Di lokasi rencana tidak ditemukan jeda yang cukup sampai {longest} menit (ujung atas selang P "
            "di bawah {threshold})."
        ),
        "en": ("At the planned venues no gap of up to {longest} min is enough (upper end of P below {threshold})."),
    },
    "contour": {
        "id": "Menurut kontur P turun di bawah {threshold} sejak jeda {interval} menit (selang {confidence}).",
        "en": "By the contour P falls below {threshold} from a gap of {interval} min on ({confidence} interval).",
    },
    "contour_beyond": {
        "id": "Menurut kontur jeda yang cukup belum tercapai dalam jeda yang disimulasikan: {interval} menit (selang {confidence}).",
        "en": "By the contour the sufficient gap lies beyond the simulated ones: {interval} min ({confidence} interval).",
    },
    "slack": {
        "id": "Kelonggaran: pada jeda {gap} menit pihak yang lebih dulu boleh terlambat {at} menit lagi ({low}–{high}).",
        "en": "Slack: at a gap of {gap} min the earlier side may be another {at} min late ({low}–{high}).",
    },
    "another_day_result": {
        "id": "Hari lain: P {value} ({interval}).",
        "en": "Another day: P {value} ({interval}).",
    },
    "too_few": {
        "id": "Dengan {n} ulangan ujung atas selang tidak dapat turun di bawah {threshold}; perlu sedikitnya {needed}.",
        "en": "With {n} replications the upper end cannot fall below {threshold}; at least {needed} are needed.",
    },
    # The table of venue pairs. The first line of a heading is spread over two.
    "table_title": {
        "id": "Pasangan lokasi: jarak dalam km, P dan kontak per hari pada jeda {gap}, jeda cukup dalam menit:",
        "en": "Venue pairs: distances in km, P and contacts per day at gap {gap}, sufficient gap in min:",
    },
    "table_title_another_day": {
        "id": "Pasangan lokasi: jarak dalam km, P dan kontak per hari pada hari lain:",
        "en": "Venue pairs: distances in km, P and contacts per day on another day:",
    },
    "column_road": {
        "id": "jalan",
        "en": "road",
    },
    "column_euclid": {
        "id": "lurus",
        "en": "line",
    },
    "column_shared": {
        "id": "bersama",
        "en": "shared",
    },
    "column_p": {"id": "P", "en": "P"},
    "column_contacts": {
        "id": "kontak",
        "en": "contacts",
    },
    "column_gap": {
        "id": "jeda",
        "en": "gap",
    },
    "column_contour": {
        "id": "kontur",
        "en": "contour",
    },
    "column_theory": {
        "id": "teori",
        "en": "theory",
    },
    "column_pair": {
        "id": "lokasi 1 – lokasi 2",
        "en": "venue 1 – venue 2",
    },
    "more_rows": {"id": "… dan {n} baris lagi di points.csv", "en": "… and {n} more rows in points.csv"},
    "none": {"id": "tidak ada", "en": "none"},
    # Does distance help?
    "measure_p": {
        "id": "P(kontak) pada jeda {gap}",
        "en": "P(contact) at gap {gap}",
    },
    "measure_contacts": {
        "id": "kontak per hari pada jeda {gap}",
        "en": "contacts per day at gap {gap}",
    },
    "measure_p_another_day": {"id": "P(kontak) pada hari lain", "en": "P(contact) on another day"},
    "distance_single": {
        "id": "Hanya satu jarak antarlokasi yang disimulasikan; pengaruh jarak tidak dapat dinilai.",
        "en": "Only one distance between venues was simulated; the effect of distance cannot be judged.",
    },
    "distance_falls": {
        "id": (
            "Menjauhkan lokasi dari {near} ke {far} km menurunkan {measure} ({first} → {last}) sementara jalan "
            "bersama {shared}"
        ),
        "en": (
            "Moving the venues from {near} to {far} km apart lowers {measure} ({first} → {last}) while the "
            "shared road {shared}"
        ),
    },
    "distance_rises": {
        "id": (
            "Menjauhkan lokasi dari {near} ke {far} km justru menaikkan {measure} ({first} → {last}) sementara "
            "jalan bersama {shared}"
        ),
        "en": (
            "Moving the venues from {near} to {far} km apart raises {measure} ({first} → {last}) while the "
            "shared road {shared}"
        ),
    },
    "distance_flat": {
        "id": (
            "Jarak saja tidak menolong: dari {near} ke {far} km {measure} tidak berubah nyata ({first} → "
            "{last}); jalan bersama {shared}"
        ),
        "en": (
            "Distance alone does not help: from {near} to {far} km {measure} did not change clearly ({first} → "
            "{last}); the shared road {shared}"
        ),
    },
    "distance_mixed": {
        "id": (
            "Jarak bukan penentu: dari {near} ke {far} km {measure} tidak mengikuti jarak ({first} → {last}); jalan bersama "
            "{shared}"
        ),
        "en": (
            "Distance is not what decides: from {near} to {far} km {measure} did not follow it ({first} → "
            "{last}); the shared road {shared}"
        ),
    },
    "shared_falls": {"id": "turun ({first} → {last} km)", "en": "falls ({first} → {last} km)"},
    "shared_rises": {"id": "naik ({first} → {last} km)", "en": "grows ({first} → {last} km)"},
    "shared_same": {"id": "hampir tetap ({first} → {last} km)", "en": "hardly changes ({first} → {last} km)"},
    "distance_not_enough": {
        "id": "; tetap saja tidak satu pun pasangan lokasi di bawah ambang pada jeda itu",
        "en": "; even so no venue pair is below the threshold at that gap",
    },
    "distance_moot": {
        "id": (
            "Jarak tidak menentukan di sini: {measure} di bawah ambang di semua pasangan lokasi ({first} → "
            "{last}); jalan bersama {shared}"
        ),
        "en": (
            "Distance does not matter here: {measure} is below the threshold at every venue pair ({first} → "
            "{last}); the shared road {shared}"
        ),
    },
    "distance_theory": {
        "id": " — penentunya menurut teori: jalan bersama, lama barisan lewat, ketepatan waktu.",
        "en": " — in theory shared road, passing time and punctuality decide.",
    },
    # The map and provenance
    "map_skeleton": {
        "id": "Peta: kerangka {km} km jalan utama, didigitasi dengan tangan, tanpa jalan kecil{error}.",
        "en": "Map: hand-digitised skeleton of {km} km of main roads, no side streets{error}.",
    },
    "map_error": {
        "id": "; galat posisi median {median} m, terbesar {largest} m",
        "en": "; position error median {median} m, largest {largest} m",
    },
    "map_osm": {
        "id": (
            "Peta: OpenStreetMap{place}, {km} km jalan; menurut panjang diasumsikan: lajur {lanes}, lebar "
            "{width}, kecepatan {speed}."
        ),
        "en": (
            "Map: OpenStreetMap{place}, {km} km of roads; assumed by length: lanes {lanes}, width {width}, speed "
            "{speed}."
        ),
    },
    "map_other": {"id": "Peta: {kind}{place}, {km} km jalan.", "en": "Map: {kind}{place}, {km} km of roads."},
    "map_unknown": {"id": "Peta: mutu tidak diketahui.", "en": "Map: quality unknown."},
    "not_clash": {
        "id": "Kontak = rombongan kedua pihak berdekatan di jalan, bukan peluang bentrokan.",
        "en": "Contact = groups of both sides close to each other on the road, no probability of a clash.",
    },
    "provenance": {
        "id": "konvoi {version} · benih {seed} · {n} ulangan per titik rancangan",
        "en": "konvoi {version} · seed {seed} · {n} replications per design point",
    },
    # Heat map
    "heat_one": {"id": "Jeda {gap} menit cukup", "en": "A gap of {gap} min is enough"},
    "heat_all_same": {
        "id": "Jeda {gap} menit cukup untuk semua pasangan lokasi",
        "en": "A gap of {gap} min is enough for every venue pair",
    },
    "heat_no_gap_needed": {
        "id": "Mulai bersamaan pun P(kontak) di bawah {threshold} untuk semua pasangan lokasi",
        "en": "Even with the same start P(contact) is below {threshold} for every venue pair",
    },
    "heat_all": {
        "id": "Jeda yang cukup: {low} sampai {high} menit, tergantung lokasi",
        "en": "Sufficient gap: {low} to {high} min, depending on the venues",
    },
    "heat_some": {
        "id": "Jeda yang cukup hanya ada untuk {found} dari {n} pasangan lokasi (mulai {low} menit)",
        "en": "A sufficient gap exists for {found} of {n} venue pairs only (from {low} min)",
    },
    "heat_some_variants": {
        "id": "Jeda yang cukup hanya ada untuk {found} dari {n} kombinasi (mulai {low} menit)",
        "en": "A sufficient gap exists for {found} of {n} combinations only (from {low} min)",
    },
    "heat_start_only": {
        "id": "Bila mulai bersamaan, P(kontak) tidak di bawah {threshold}",
        "en": "With the same start P(contact) is not below {threshold}",
    },
    "heat_none": {
        "id": "Tidak ada jeda sampai {longest} menit yang cukup",
        "en": "No gap of up to {longest} min is enough",
    },
    "heat_none_but_day": {
        "id": "Tidak ada jeda sampai {longest} menit yang cukup; hari lain cukup",
        "en": "No gap of up to {longest} min is enough; another day is",
    },
    "heat_too_few": {
        "id": "Terlalu sedikit ulangan ({n}) untuk ambang {threshold}; perlu sedikitnya {needed}",
        "en": "Too few replications ({n}) for a threshold of {threshold}; at least {needed} are needed",
    },
    "heat_day_only": {
        "id": "Hanya hari lain yang disimulasikan",
        "en": "Only another day was simulated",
    },
    "heat_no_result": {"id": "Tidak ada hasil untuk ditampilkan", "en": "There is no result to show"},
    "heat_subtitle": {
        "id": (
            "P(kontak) per hari menurut jeda dan pasangan lokasi. Cukup = ujung atas selang kepercayaan "
            "{confidence} di bawah {threshold}, juga pada semua jeda lebih panjang."
        ),
        "en": (
            "P(contact) per day by gap and venue pair. Enough = upper end of the {confidence} confidence "
            "interval below {threshold}, also at every longer gap."
        ),
    },
    "heat_x": {
        "id": "Jeda antara mulainya kedua rapat umum (menit)",
        "en": "Gap between the starts of the two rallies (min)",
    },
    "heat_row": {"id": "{road} km jalan · {shared} km bersama", "en": "{road} km by road · {shared} km shared"},
    "heat_not_simulated": {"id": "tidak\ndisimulasikan", "en": "not\nsimulated"},
    "heat_without_result": {"id": "tanpa\nhasil", "en": "no\nresult"},
    "heat_contacts": {"id": "{contacts} kontak", "en": "{contacts} contacts"},
    "heat_planned": {"id": "RENCANA", "en": "PLAN"},
    "legend_colour": {"id": "P(kontak)", "en": "P(contact)"},
    "legend_cell": {"id": "Isi sel", "en": "In each cell"},
    "legend_big": {"id": "P(kontak)", "en": "P(contact)"},
    "legend_small": {"id": "selang kepercayaan {confidence}", "en": "{confidence} confidence interval"},
    "legend_contacts": {"id": "kontak per hari, bila P ≥ 95 %", "en": "contacts per day, where P ≥ 95%"},
    "legend_planned": {"id": "rencana yang dinilai", "en": "the plan to judge"},
    "legend_threshold": {
        "id": "batas: ujung atas selang\ndi bawah {threshold}",
        "en": "border: upper end of the\ninterval below {threshold}",
    },
    "legend_no_border": {
        "id": "tidak ada batas {threshold}\ndi antara sel",
        "en": "no border of {threshold}\nbetween the cells",
    },
    "legend_contour": {
        "id": "jeda cukup menurut kontur,\ndengan selangnya",
        "en": "sufficient gap by the\ncontour, with its interval",
    },
    "legend_not_simulated": {"id": "tidak disimulasikan", "en": "not simulated"},
    # Contact map
    "map_title_one": {
        "id": "{share} paparan ada di sekitar {junction}",
        "en": "{share} of the exposure is around {junction}",
    },
    "map_title_many": {
        "id": "{n} dari {total} tempat memikul {share} paparan",
        "en": "{n} of {total} places bear {share} of the exposure",
    },
    "map_title_none": {"id": "Tidak ada kontak dalam {n} ulangan", "en": "No contact in {n} replications"},
    "map_subtitle": {
        "id": (
            "Tempat kontak dimulai: {gap}; {venue_1} – {venue_2} · rata-rata {contacts} kontak dan {exposure} "
            "orang-menit per hari."
        ),
        "en": (
            "Where contacts begin: {gap}; {venue_1} – {venue_2} · on average {contacts} contacts and {exposure} "
            "person-min per day."
        ),
    },
    "map_no_plan": {"id": "tata letak tidak diketahui", "en": "unknown layout"},
    "list_title": {"id": "Tempat dengan paparan terbesar", "en": "Places with the largest exposure"},
    "list_contacts": {"id": "kontak\nper hari", "en": "contacts\nper day"},
    "list_exposure": {"id": "orang-menit\nper hari", "en": "person-min\nper day"},
    "list_hours": {"id": "separuh kontak\npukul ({zone})", "en": "half of contacts\nat ({zone})"},
    "list_more": {
        "id": "{n} tempat lain: {share} paparan",
        "en": "{n} other places: {share} of the exposure",
    },
    "list_empty": {
        "id": "Tidak ada kontak.\nUjung atas selang kepercayaan P(kontak): {high}.",
        "en": "No contact.\nUpper end of the interval of P(contact): {high}.",
    },
    "list_empty_plain": {"id": "Tidak ada kontak.", "en": "No contact."},
    "junction_unnamed": {"id": "(tanpa nama)", "en": "(no name)"},
    "key_venue": {"id": "lokasi rapat umum pasangan calon {side}", "en": "rally venue of candidate pair {side}"},
    "key_assembly": {"id": "titik kumpul pasangan calon {side}", "en": "assembly point of candidate pair {side}"},
    "key_candidate": {"id": "calon lokasi lain", "en": "other candidate venue"},
    "key_exposure": {"id": "{value} orang-menit per hari", "en": "{value} person-min per day"},
    "key_outside": {
        "id": "{n} titik kumpul di luar peta (panah di tepi)",
        "en": "{n} assembly points beyond the map (arrows)",
    },
    "north": {"id": "U", "en": "N"},
    "type_head_on": {"id": "berpapasan", "en": "head-on"},
    "type_crossing": {"id": "bersilangan", "en": "crossing"},
    "type_merging": {"id": "menyatu", "en": "merging"},
    "type_tailing": {"id": "mengekor", "en": "tailing"},
    "type_queue_beside": {"id": "di samping antrean", "en": "beside a queue"},
    "type_passing_place": {"id": "melewati lokasi atau titik kumpul", "en": "passing a venue or assembly point"},
    "mainly": {"id": "terutama {type}", "en": "mainly {type}"},
    # Footers
    "footer": {
        "id": "konvoi {version} · {title} · {n} ulangan per titik rancangan · benih {seed}",
        "en": "konvoi {version} · {title} · {n} replications per design point · seed {seed}",
    },
    # One replication
    "run_heading": {
        "id": "SATU HARI · {title} · ulangan {replication}",
        "en": "ONE DAY · {title} · replication {replication}",
    },
    "run_layout": {
        "id": "{gap}; {venue_1} – {venue_2}; {road} km lewat jalan, {shared} km jalan bersama",
        "en": "{gap}; {venue_1} – {venue_2}; {road} km by road, {shared} km of shared road",
    },
    "run_people": {"id": "Orang (kendaraan)", "en": "People (vehicles)"},
    "run_sides": {
        "id": "pasangan calon 1: {people_1} ({vehicles_1}) · pasangan calon 2: {people_2} ({vehicles_2})",
        "en": "candidate pair 1: {people_1} ({vehicles_1}) · candidate pair 2: {people_2} ({vehicles_2})",
    },
    "run_lateness": {"id": "Keterlambatan", "en": "Lateness"},
    "run_lateness_value": {"id": "{first} menit · {second} menit", "en": "{first} min · {second} min"},
    "run_contacts": {"id": "Kontak", "en": "Contacts"},
    "run_contacts_value": {
        "id": "{n} (keduanya berangkat {out_out}, berangkat dan pulang {out_home}, keduanya pulang {home_home})",
        "en": "{n} (both outbound {out_out}, outbound and homebound {out_home}, both homebound {home_home})",
    },
    "run_exposure": {"id": "Paparan", "en": "Exposure"},
    "run_exposure_value": {"id": "{value} orang-menit", "en": "{value} person-min"},
    "run_first": {"id": "Kontak pertama", "en": "First contact"},
    "run_first_value": {"id": "pukul {clock} {zone}", "en": "{clock} {zone}"},
    "run_peak": {"id": "Orang terbanyak", "en": "Most people"},
    "run_peak_value": {"id": "{value} dalam satu kontak", "en": "{value} in one contact"},
    "run_delay": {"id": "Tundaan", "en": "Delay"},
    "run_delay_value": {
        "id": "{value} jam kendaraan; {stranded} kendaraan belum pulang",
        "en": "{value} vehicle-hours; {stranded} vehicles not home",
    },
    "run_gridlock": {"id": "Macet total di", "en": "Grid-lock at"},
    "run_table": {"id": "Simpang dengan paparan terbesar:", "en": "Junctions with the largest exposure:"},
    "run_row": {
        "id": "{junction}: {contacts} kontak, {exposure} orang-menit, {hours} {zone}",
        "en": "{junction}: {contacts} contacts, {exposure} person-min, {hours} {zone}",
    },
    "run_seed": {
        "id": "konvoi {version} · benih ulangan {seed}",
        "en": "konvoi {version} · seed of the replication {seed}",
    },
}


def say(key: str, lang: str, **values: str | int) -> str:
    """Return a sentence of the table in a language, its placeholders filled in."""
    return SENTENCES[key][lang].format(**values)


def format_number(value: float | None, lang: str, digits: int = 0) -> str:
    """Write a number with the decimal and thousands signs of the language; an unknown one as a dash."""
    if value is None or not isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    if lang == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "−")


def format_mean(value: float | None, lang: str) -> str:
    """Write a mean with about three significant figures: what the intervals carry."""
    if value is None or not isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1000.0:
        value = round(value, 2 - floor(log10(size)))
    digits = 0 if size >= 99.95 or size == 0 else 1 if size >= 0.095 else min(4, 1 - floor(log10(size)))
    return format_number(value, lang, digits)


def format_percent(share: float | None, lang: str) -> str:
    """Write a share (0 to 1) in percent: one decimal near 0 and 1, and never 0 % or 100 % unless it is exactly that."""
    if share is None or not isfinite(share):
        return "–"
    unit = " %" if lang == "id" else "%"
    percent = 100.0 * share
    if 0.0 < percent < 0.05:
        return "<" + format_number(0.1, lang, 1) + unit
    if 99.95 <= percent < 100.0:
        return ">" + format_number(99.9, lang, 1) + unit
    is_whole = abs(percent - round(percent)) < 0.05
    return format_number(percent, lang, 0 if is_whole or 9.95 <= percent <= 95.05 else 1) + unit


def format_level(share: float, lang: str) -> str:
    """Write a chosen share, a threshold or a confidence, in percent with all its figures."""
    text = f"{100.0 * share:.6g}"
    return (text.replace(".", ",") + " %") if lang == "id" else text + "%"


def format_interval(low: float | None, high: float | None, lang: str) -> str:
    """Write two ends of an interval of means."""
    first, second = format_mean(low, lang), format_mean(high, lang)
    if "–" in (first, second):
        return "–"
    if first.startswith("−"):
        return say("range_words", lang, low=first, high=second)
    return f"{first}–{second}"


def format_percent_interval(low: float | None, high: float | None, lang: str) -> str:
    """Write two ends of an interval of shares, the unit once."""
    first, second = format_percent(low, lang), format_percent(high, lang)
    if "–" in (first, second):
        return "–"
    return first.rstrip(" %") + "–" + second


def format_clock(time_s: float, lang: str) -> str:
    """Write a time of day, "09.40" or "09:40"; a time on the second day without saying so."""
    clock = s_to_clock(time_s % SECONDS_PER_DAY)
    clock = "00:00" if clock == "24:00" else clock
    return clock.replace(":", ".") if lang == "id" else clock


def format_days(hits: int, replications: int, lang: str) -> str:
    """Write a share as a frequency of days, out of 100 where there are more replications than that."""
    if replications <= 100:
        return say("days_of", lang, hits=hits, days=replications)
    rounded = round(100.0 * hits / replications)
    if rounded == 0 and hits > 0:
        return say("days_less", lang, hits=1, days=100)
    if rounded == 100 and hits < replications:
        return say("days_more", lang, hits=99, days=100)
    return say("days_of", lang, hits=rounded, days=100)


def format_gap(gap_min: float | None, is_another_day: bool, lang: str) -> str:
    """Write the gap of a plan in words."""
    if is_another_day:
        return say("another_day", lang)
    if gap_min is None:
        return say("map_no_plan", lang)
    return say("same_start", lang) if gap_min == 0.0 else say("gap", lang, gap=format_minutes(gap_min, lang))


def format_minutes(gap_min: float | None, lang: str) -> str:
    """Write minutes of a gap: whole ones without decimals."""
    if gap_min is None:
        return say("none", lang)
    return format_number(gap_min, lang, 0 if float(gap_min).is_integer() else 1)


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Wrap a sentence for the screen; a number stays with its unit."""
    lines = textwrap.wrap(glue(text), width, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def glue(text: str) -> str:
    """Put spaces that do not break between numbers and their units."""
    for unit in (" %", " km", " menit", " min", " m,", " → "):
        text = text.replace(unit, unit.replace(" ", "\u00a0"))
    return text


def shorten(text: str, width: int) -> str:
    """Cut a name to a number of characters, at a word where that loses little."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) >= 0.7 * width else cut).rstrip(" –-,") + "…"


def wrap_name(name: str, width: int, lines: int) -> str:
    """Break a name into at most so many lines of so many characters; what does not fit ends in an ellipsis."""
    parts = [part.replace("\u00a0", " ") for part in textwrap.wrap(glue(name), width)] or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], shorten(" ".join(parts[lines - 1 :]), width)]
    return "\n".join(parts)


def describe_map(quality: dict[str, object], lang: str) -> str:
    """Return one sentence on the road map behind the numbers (`konvoi.network.MapQuality` as plain values)."""
    kind = str(quality.get("kind") or "")
    if not kind:
        return say("map_unknown", lang)
    km = format_number(_number(quality, "road_km"), lang)
    place = ", ".join(str(quality[key]) for key in ("place", "date") if quality.get(key))
    place = f" {place}" if place else ""
    if kind == "skeleton":
        median_m, largest_m = _number(quality, "position_error_median_m"), _number(quality, "position_error_max_m")
        error = (
            ""
            if median_m is None or largest_m is None
            else say("map_error", lang, median=format_number(median_m, lang), largest=format_number(largest_m, lang))
        )
        return say("map_skeleton", lang, km=km, error=error)
    if kind == "openstreetmap":
        shares = {
            name: format_percent(_number(quality, f"share_{name}_assumed"), lang)
            for name in ("lanes", "width", "speed")
        }
        return say("map_osm", lang, km=km, place=place, **shares)
    return say("map_other", lang, kind=kind, km=km, place=place)


def _number(quality: dict[str, object], key: str) -> float | None:
    """Return a number of the map's quality, None when it is unknown."""
    value = quality.get(key)
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def format_date(text: str, lang: str) -> str:
    """Write an ISO date in words, "Sabtu, 23 November 2024"; any other text as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    weekday = say("weekdays", lang).split(" ")[day.weekday()]
    return f"{weekday}, {day.day} {say('months', lang).split(' ')[day.month - 1]} {day.year}"
