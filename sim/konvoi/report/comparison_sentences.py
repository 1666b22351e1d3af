"""Sentences on compared plans, cases and single changes, in both languages."""

from __future__ import annotations

COMPARISON_SENTENCES: dict[str, dict[str, str]] = {
    # On the screen
    "comparison_heading": {
        "id": "PERBANDINGAN RENCANA pada {n} hari simulasi yang sama",
        "en": "COMPARISON OF PLANS on the same {n} simulated days",
    },
    "comparison_reference": {"id": "{plan} (acuan): {value}", "en": "{plan} (reference): {value}"},
    "comparison_row": {
        "id": "{plan}: {value}; selisih {difference}: {judgement}",
        "en": "{plan}: {value}; difference {difference}: {judgement}",
    },
    "comparison_p": {"id": "P(kontak) {value} ({interval})", "en": "P(contact) {value} ({interval})"},
    "comparison_exposure": {
        "id": "paparan {value} ({interval}) orang-menit",
        "en": "exposure {value} ({interval}) person-min",
    },
    "comparison_points": {
        "id": "{value} poin persen ({low} … {high})",
        "en": "{value} percentage points ({low} … {high})",
    },
    "comparison_person_min": {
        "id": "{value} ({low} … {high}) orang-menit",
        "en": "{value} ({low} … {high}) person-min",
    },
    "comparison_by_exposure": {
        "id": "Bila kontak terjadi hampir setiap hari pada semua pilihan, paparan yang dibandingkan.",
        "en": "Where contact happens on nearly every day under all choices, exposure is compared.",
    },
    "comparison_best": {
        "id": "{plan} nyata lebih baik daripada semua rencana lain.",
        "en": "{plan} is clearly better than every other plan.",
    },
    "comparison_no_best": {
        "id": "Tidak ada rencana yang nyata lebih baik daripada semua yang lain.",
        "en": "No plan is clearly better than every other one.",
    },
    "comparison_key": {
        "id": (
            "Selang {confidence}; selang selisih berlaku bersama-sama, nilai p dikoreksi (Holm) untuk {m} selisih. "
            '"Tidak dapat dibedakan" bukan berarti sama: hari simulasi belum cukup untuk memisahkannya.'
        ),
        "en": (
            "{confidence} intervals; those of differences hold jointly, p-values are corrected (Holm) for {m} differences. "
            '"Not distinguishable" does not mean equal: there are too few simulated days to separate them.'
        ),
    },
    "what_if_heading": {"id": "BAGAIMANA JIKA ({n} ulangan per kasus)", "en": "WHAT IF ({n} replications per case)"},
    "what_if_row": {
        "id": "{case}: {p}; {exposure}",
        "en": "{case}: {p}; {exposure}",
    },
    "robustness_heading": {
        "id": "KETAHANAN JAWABAN: satu hal diubah, lainnya tetap ({n} hari simulasi yang sama)",
        "en": "ROBUSTNESS: one thing changed, all else equal (the same {n} simulated days)",
    },
    "robustness_base": {"id": "acuan", "en": "base"},
    "sensitivity_heading": {
        "id": "FAKTOR YANG MENENTUKAN {outcome}",
        "en": "WHAT DETERMINES {outcome}",
    },
    "sensitivity_morris": {
        "id": "Morris ({n} ulangan): pengaruh rata-rata (mutlak) atas seluruh rentang, selang {confidence}",
        "en": "Morris ({n} replications): mean absolute effect over the whole range, {confidence} interval",
    },
    "sensitivity_sobol": {
        "id": "Sobol ({n} ulangan): bagian ragam dengan interaksi (ST), tanpa interaksi (S1), selang {confidence}",
        "en": "Sobol ({n} replications): share of variance with interactions (ST), without (S1), {confidence} intervals",
    },
    "sensitivity_chance": {
        "id": "Benih (untung-untungan hari itu) ikut sebagai faktor: bila bagiannya besar, satu hari saja tidak membuktikan apa-apa.",
        "en": "The seed (the luck of the day) takes part as a factor: where its share is large, a single day proves nothing.",
    },
    "quick_note": {
        "id": (
            "TINJAUAN CEPAT: hanya {n} ulangan per titik rancangan, selangnya lebar (0 dari {n} berarti paling banyak "
            "{high}). Tanpa --quick jawabannya lebih pasti."
        ),
        "en": (
            "QUICK LOOK: only {n} replications per design point, intervals are wide (0 of {n} means at most {high}). "
            "Without --quick the answer is surer."
        ),
    },
    # On slides
    "title_comparison_groups": {
        "id": "Perbandingan rencana pada hari simulasi yang sama",
        "en": "Plans compared on the same simulated days",
    },
    "title_comparison_more": {"id": "Perbandingan rencana (lanjutan)", "en": "Comparison of plans (continued)"},
    "head_exposure": {"id": "Paparan (orang-menit)", "en": "Exposure (person-min)"},
    "head_outcome": {"id": "P(kontak) atau paparan", "en": "P(contact) or exposure"},
    "compare_key_joint": {
        "id": "{n} hari simulasi yang sama; selisih dalam {unit}, selang {confidence} bersama-sama, koreksi Holm.",
        "en": "The same {n} simulated days; differences in {unit}, joint {confidence} intervals, Holm's correction.",
    },
    "unit_points": {"id": "poin persen", "en": "percentage points"},
    "unit_person_min": {"id": "orang-menit", "en": "person-min"},
    "plan_short": {"id": "Rencana: {plan}.", "en": "Plan: {plan}."},
    "title_what_if_exposure": {
        "id": "Bagaimana jika …? Paparan per hari dalam orang-menit",
        "en": "What if …? Exposure per day in person-min",
    },
    "what_if_key_exposure": {
        "id": (
            "Orang-menit per hari; dalam kurung selang {confidence}; {n} ulangan per kasus. Kontak terjadi hampir setiap "
            "hari pada semua kasus."
        ),
        "en": (
            "Person-min per day; in brackets the {confidence} interval; {n} replications per case. Contact happens on "
            "nearly every day in all cases."
        ),
    },
}
