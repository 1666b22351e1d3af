"""What the Rakor pack says, in Bahasa Indonesia and English; part of the table of `konvoi.report.wording`."""

from __future__ import annotations

PACK_SENTENCES: dict[str, dict[str, str]] = {
    # Dates, sides, trips
    "weekdays": {
        "id": "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
        "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    },
    "months": {
        "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
        "en": "January February March April May June July August September October November December",
    },
    "side": {"id": "Pasangan {side}", "en": "Pair {side}"},
    "trip_out": {"id": "berangkat", "en": "outbound"},
    "trip_home": {"id": "pulang", "en": "homebound"},
    "second_day": {"id": "hari ke-2", "en": "second day"},
    "example_typical": {"id": "hari biasa", "en": "a typical day"},
    "example_bad": {"id": "hari buruk", "en": "a bad day"},
    "example_title": {
        "id": "Barisan di jalan bersama pada {day} (ulangan {replication}, kuantil paparan {quantile})",
        "en": "Columns on the shared road on {day} (replication {replication}, exposure quantile {quantile})",
    },
    # The answer
    "light_green": {"id": "HIJAU", "en": "GREEN"},
    "light_amber": {"id": "KUNING", "en": "AMBER"},
    "light_red": {"id": "MERAH", "en": "RED"},
    "light_grey": {"id": "TANPA PUTUSAN", "en": "NO VERDICT"},
    "judgement_green": {"id": "Di bawah ambang {threshold}", "en": "Below the threshold of {threshold}"},
    "judgement_amber": {
        "id": "Belum pasti: selang memuat ambang {threshold}",
        "en": "Not yet sure: the interval holds the threshold of {threshold}",
    },
    "judgement_red": {"id": "Di atas ambang {threshold}", "en": "Above the threshold of {threshold}"},
    "judgement_grey": {
        "id": "Rencana belum disimulasikan (ambang {threshold})",
        "en": "The plan has not been simulated (threshold {threshold})",
    },
    "answer_headline": {"id": "Kontak di jalan terjadi pada {days}", "en": "Contact on the road happens on {days}"},
    "answer_plan": {
        "id": "Rencana: {gap}; pasangan 1 di {venue_1}, pasangan 2 di {venue_2}",
        "en": "Plan: {gap}; pair 1 at {venue_1}, pair 2 at {venue_2}",
    },
    "number_days": {"id": "hari dengan kontak", "en": "days with contact"},
    "number_contacts": {"id": "kontak per hari", "en": "contacts per day"},
    "number_exposure": {"id": "orang-menit paparan per hari", "en": "person-min of exposure per day"},
    "number_interval": {"id": "selang {confidence}: {interval}", "en": "{confidence} interval: {interval}"},
    "recommend_gap": {
        "id": "Usulan: {gap}. Kontak tinggal pada {days} (paling banyak {high}).",
        "en": "Proposal: {gap}. Contact then remains on {days} (at most {high}).",
    },
    "recommend_day": {
        "id": (
            "Usulan: hari lain. Tidak ada jeda sampai {longest} menit yang cukup; pada hari lain kontak terjadi pada "
            "{days} (paling banyak {high})."
        ),
        "en": (
            "Proposal: another day. No gap of up to {longest} min is enough; on another day contact happens on "
            "{days} (at most {high})."
        ),
    },
    "recommend_day_only": {
        "id": "Usulan: hari lain. Kontak terjadi pada {days} (paling banyak {high}); jeda pada hari yang sama tidak disimulasikan ({longest}).",
        "en": "Proposal: another day. Contact happens on {days} (at most {high}); no gap on the same day was simulated ({longest}).",
    },
    "recommend_none": {
        "id": "Belum ada usulan: tidak ada jeda sampai {longest} menit yang terbukti di bawah ambang {threshold}.",
        "en": "No proposal yet: no gap of up to {longest} min is shown to be below the threshold of {threshold}.",
    },
    "recommend_none_day": {
        "id": "Belum ada usulan: hari lain pun tidak terbukti di bawah ambang {threshold}.",
        "en": "No proposal yet: not even another day is shown to be below the threshold of {threshold}.",
    },
    "recommend_more": {
        "id": "Dengan {n} ulangan hal itu tidak dapat dibuktikan; perlu sedikitnya {needed}.",
        "en": "{n} replications cannot show it; at least {needed} are needed.",
    },
    "condition_none": {
        "id": "Jeda saja jangan diandalkan; uji dulu hari lain, rute terpisah dan titik kumpul terpisah.",
        "en": "Do not rely on a gap alone; first test another day, separate routes and separate assembly points.",
    },
    "condition_day": {
        "id": "Rapat umum kedua pasangan diadakan pada hari yang berbeda.",
        "en": "The rallies of the two pairs are held on different days.",
    },
    "condition_same_start": {
        "id": "Lokasi, titik kumpul dan rute tidak diubah dari yang disimulasikan.",
        "en": "Venues, assembly points and routes stay as simulated.",
    },
    "condition_gap": {
        "id": "Rapat umum kedua mulai paling cepat pukul {time}, {gap} menit sesudah yang pertama.",
        "en": "The second rally starts at {time} at the earliest, {gap} min after the first.",
    },
    "condition_gap_plain": {
        "id": "Rapat umum kedua mulai paling cepat {gap} menit sesudah yang pertama.",
        "en": "The second rally starts {gap} min after the first at the earliest.",
    },
    "condition_wait": {
        "id": "Bila barisan pasangan {early} belum lewat {junction} pukul {time}, pasangan {late} ditahan di titik kumpul.",
        "en": "If the column of pair {early} has not passed {junction} by {time}, pair {late} is held at its assembly points.",
    },
    "condition_on_time": {
        "id": "Setiap konvoi berangkat menurut jadwalnya; yang terlambat menunggu izin petugas.",
        "en": "Every convoy leaves as scheduled; one that is late waits for the officers' word.",
    },
    "condition_officers": {
        "id": "Petugas di {junctions}: di sana {share} paparan rencana.",
        "en": "Officers at {junctions}: {share} of the plan's exposure is there.",
    },
    "condition_watch": {
        "id": "Simpang yang dipakai kedua pasangan tetap dipantau petugas.",
        "en": "Officers keep watching the junctions both pairs use.",
    },
    "caveat_few": {
        "id": "Catatan: baru {n} ulangan; untuk membuktikan rencana di bawah ambang perlu sedikitnya {needed}.",
        "en": "Note: only {n} replications; at least {needed} are needed to show that a plan is below the threshold.",
    },
    "caveat_map": {
        "id": "Catatan: peta hanya memuat jalan utama; jalan kecil dapat memindahkan kontak ke tempat lain.",
        "en": "Note: the map holds main roads only; side streets may move contacts elsewhere.",
    },
    "caveat_assumptions": {
        "id": "Catatan: keterlambatan dan jumlah peserta adalah asumsi; periksa pengaruhnya sebelum memutuskan.",
        "en": "Note: lateness and turnout are assumptions; check what they change before deciding.",
    },
    "trigger": {
        "id": "Bila barisan pasangan {early} belum lewat {junction} pukul {time}, tahan pasangan {late} di titik kumpul.",
        "en": "If the column of pair {early} has not passed {junction} by {time}, hold pair {late} at its assembly points.",
    },
    # Titles of the slides
    "title_why_overlap": {
        "id": "Mengapa: di {junction} barisan kedua pasangan bertumpang tindih {minutes} menit",
        "en": "Why: at {junction} the columns of both pairs overlap for {minutes} min",
    },
    "title_why_free": {
        "id": "Mengapa: di {junction} ada kelonggaran {minutes} menit antara kedua pasangan",
        "en": "Why: at {junction} there are {minutes} min between the two pairs",
    },
    "title_why_apart": {
        "id": "Mengapa: barisan kedua pasangan tidak memakai simpang yang sama",
        "en": "Why: the columns of both pairs use no junction in common",
    },
    "title_junctions": {"id": "Tempat dengan paparan terbesar", "en": "Places with the largest exposure"},
    "title_junctions_more": {
        "id": "Tempat dengan paparan terbesar (lanjutan)",
        "en": "Places with the largest exposure (continued)",
    },
    "title_comparison_best": {
        "id": "{plan} nyata lebih baik daripada semua rencana lain",
        "en": "{plan} is clearly better than every other plan",
    },
    "title_comparison_none": {
        "id": "Tidak ada rencana yang nyata lebih baik daripada semua yang lain",
        "en": "No plan is clearly better than every other one",
    },
    "title_what_if": {
        "id": "Bagaimana jika …? Hari dengan kontak dari 100 hari",
        "en": "What if …? Days with contact out of 100",
    },
    "title_timetable": {"id": "Jadwal yang diusulkan", "en": "Proposed timetable"},
    "title_timetable_planned": {
        "id": "Jadwal rencana (belum ada usulan yang cukup)",
        "en": "Timetable of the plan (no sufficient proposal yet)",
    },
    "title_clear": {
        "id": "Jam bersih simpang, dan kapan pasangan berikutnya ditahan",
        "en": "Clear-by times, and when the next pair is held",
    },
    "title_tornado": {"id": "Yang paling menentukan: {factor}", "en": "What matters most: {factor}"},
    "title_limits": {
        "id": "Asumsi, mutu peta dan batas jawaban ini",
        "en": "Assumptions, map quality and limits of this answer",
    },
    # What stands on the slides
    "heat_corner": {"id": "Lokasi; jeda dalam menit", "en": "Venues; gap in min"},
    "heat_key": {
        "id": "P(kontak), di bawahnya selang {confidence}. ►: rencana.",
        "en": "P(contact), below it the {confidence} interval. ►: the plan.",
    },
    "heat_key_border": {
        "id": "P(kontak), di bawahnya selang {confidence}. Garis jingga: batas ambang {threshold}. ►: rencana.",
        "en": "P(contact), below it the {confidence} interval. Orange line: border of {threshold}. ►: the plan.",
    },
    "heat_row_slide": {"id": "{road} km jalan", "en": "{road} km by road"},
    "axis_time": {"id": "pukul ({zone})", "en": "time of day ({zone})"},
    "slack_free": {"id": "kelonggaran {minutes} menit", "en": "slack {minutes} min"},
    "slack_overlap": {"id": "tumpang tindih {minutes} menit", "en": "overlap {minutes} min"},
    "dots_contacts": {"id": "mulainya kontak", "en": "a contact begins"},
    "spot_heading": {"id": "pukul {zone} · bagian paparan", "en": "{zone} · share of exposure"},
    "head_junction": {"id": "Simpang", "en": "Junction"},
    "head_place": {"id": "Tempat", "en": "Place"},
    "type_remedy": {"id": "{type}: {remedy}", "en": "{type}: {remedy}"},
    "head_type": {"id": "Jenis", "en": "Type"},
    "head_hours": {"id": "Pukul ({zone})", "en": "Hours ({zone})"},
    "head_share": {"id": "Paparan", "en": "Exposure"},
    "head_remedy": {"id": "Penanganan", "en": "Remedy"},
    "remedy_head_on": {
        "id": "pisahkan jam kedua arah; satu barisan menunggu",
        "en": "separate the hours of both directions; one column waits",
    },
    "remedy_crossing": {
        "id": "petugas menahan satu arah sampai ekor barisan lewat",
        "en": "officers hold one direction until the tail has passed",
    },
    "remedy_merging": {
        "id": "rute masuk terpisah, atau bergiliran diatur petugas",
        "en": "separate approaches, or turns kept by officers",
    },
    "remedy_tailing": {
        "id": "jarak berangkat lebih panjang antara kedua barisan",
        "en": "more time between the departures of both columns",
    },
    "remedy_queue_beside": {
        "id": "urai antrean: pintu atau tempat parkir lain",
        "en": "shorten the queue: another gate or parking place",
    },
    "remedy_passing_place": {
        "id": "rute tidak melewati lokasi pasangan lain",
        "en": "a route that does not pass the other pair's place",
    },
    "head_plan": {"id": "Rencana", "en": "Plan"},
    "head_p": {"id": "P(kontak)", "en": "P(contact)"},
    "head_difference": {"id": "Selisih berpasangan", "en": "Paired difference"},
    "head_judgement": {"id": "Dibanding acuan", "en": "Against the reference"},
    "compare_reference": {"id": "acuan", "en": "reference"},
    "compare_better": {"id": "nyata lebih rendah", "en": "clearly lower"},
    "compare_worse": {"id": "nyata lebih tinggi", "en": "clearly higher"},
    "compare_same": {"id": "tidak dapat dibedakan", "en": "not distinguishable"},
    "case_late_40": {"id": "satu pasangan terlambat 40 menit", "en": "one pair is 40 min late"},
    "case_rain": {"id": "hujan", "en": "rain"},
    "case_turnout_double": {"id": "peserta dua kali lipat", "en": "twice the turnout"},
    "case_road_closed": {"id": "satu jalan ditutup", "en": "one road is closed"},
    "case_base": {"id": "seperti rencana", "en": "as planned"},
    "what_if_label": {"id": "{value} ({interval})", "en": "{value} ({interval})"},
    "what_if_key": {
        "id": "Persen hari dengan kontak; dalam kurung selang {confidence}; {n} ulangan per kasus.",
        "en": "Percent of days with contact; in brackets the {confidence} interval; {n} replications per case.",
    },
    "head_side": {"id": "Pihak", "en": "Side"},
    "head_rally": {"id": "Rapat umum", "en": "Rally"},
    "head_depart": {"id": "Konvoi berangkat", "en": "Convoys leave"},
    "head_arrive": {"id": "Semua tiba", "en": "All arrived"},
    "head_home": {"id": "Mulai pulang", "en": "Way home from"},
    "head_all_home": {"id": "Semua pulang", "en": "All home"},
    "timetable_key": {
        "id": "Pukul {zone}. Berangkat: jadwal. Tiba dan pulang: dicapai tiap konvoi pada 95 dari 100 hari.",
        "en": "Times in {zone}. Departures: as scheduled. Arrival and home: reached by each convoy on 95 of 100 days.",
    },
    "timetable_note": {
        "id": "Pasangan {side}: dengan keterlambatan biasa konvoi pertama berangkat pukul {low}–{high}.",
        "en": "Pair {side}: with usual lateness the first convoy leaves at {low}–{high}.",
    },
    "head_clear_early": {"id": "Pasangan {side} bersih", "en": "Pair {side} clear"},
    "head_first_late": {"id": "Pasangan {side} datang", "en": "Pair {side} comes"},
    "head_slack": {"id": "Kelonggaran", "en": "Slack"},
    "slack_minutes": {"id": "{minutes} menit", "en": "{minutes} min"},
    "slack_negative": {"id": "tidak ada", "en": "none"},
    "clear_none_day": {
        "id": "Kedua rapat umum pada hari yang berbeda: tidak ada barisan yang ditunggu.",
        "en": "The rallies are on different days: no column has to be waited for.",
    },
    "clear_none_start": {
        "id": "Pada rencana ini kedua pasangan memakai simpang pada waktu yang sama: jam bersih tidak memisahkan mereka.",
        "en": "In this plan both pairs use the junctions at the same time: clear-by times do not separate them.",
    },
    "clear_key": {
        "id": "Dari {n} hari simulasi. Bersih: pada 95 dari 100 hari kendaraan terakhir sudah lewat.",
        "en": "From {n} simulated days. Clear: on 95 of 100 days the last vehicle has passed.",
    },
    "clear_key_comes": {
        "id": "Dari {n} hari simulasi. Bersih: pada 95 dari 100 hari kendaraan terakhir sudah lewat. Datang: pada 95 dari 100 hari tidak lebih awal.",
        "en": "From {n} simulated days. Clear: on 95 of 100 days the last vehicle has passed. Comes: on 95 of 100 days not earlier.",
    },
    "tornado_key": {
        "id": "Perubahan {outcome} bila satu faktor diubah; {n} ulangan per taraf. Acuan: {base}.",
        "en": "Change of {outcome} when one factor is changed; {n} replications per level. Base: {base}.",
    },
    "tornado_low": {"id": "taraf rendah", "en": "low level"},
    "tornado_high": {"id": "taraf tinggi", "en": "high level"},
    "outcome_p_contact": {"id": "P(kontak)", "en": "P(contact)"},
    "outcome_has_contact": {"id": "kontak (ada atau tidak)", "en": "contact (yes or no)"},
    "outcome_contacts": {"id": "kontak per hari", "en": "contacts per day"},
    "outcome_exposure_person_min": {"id": "paparan (orang-menit)", "en": "exposure (person-min)"},
    "limit_contact": {
        "id": "Kontak: sedikitnya {people} orang dari tiap pasangan berjarak paling jauh {distance} m selama {duration} detik.",
        "en": "Contact: at least {people} people of each pair within {distance} m for {duration} s.",
    },
    "limit_lateness": {
        "id": "Asumsi keterlambatan: median {median}, simpangan baku {sd}, paling lama {longest} menit.",
        "en": "Assumed lateness: median {median}, standard deviation {sd}, at most {longest} min.",
    },
    "limit_people": {
        "id": "Asumsi peserta: {people_1} (pasangan 1) dan {people_2} (pasangan 2), {share} dalam konvoi, {speed} km/jam.",
        "en": "Assumed turnout: {people_1} (pair 1) and {people_2} (pair 2), {share} in convoys at {speed} km/h.",
    },
    "limit_gathering": {
        "id": "Melewati orang pihak lain di lokasi atau titik kumpul juga kontak; asumsi: berkumpul {minutes} menit sebelum berangkat.",
        "en": "Passing the other pair's people at a venue or assembly point is a contact too; assumed: they gather {minutes} min before.",
    },
    "limit_sample": {
        "id": "{n} hari simulasi per rancangan; benih {seed}; selang kepercayaan {confidence}.",
        "en": "{n} simulated days per design; seed {seed}; {confidence} confidence intervals.",
    },
    "limit_routes": {
        "id": "Rute tidak berubah karena antrean; hanya lalu lintas kedua pasangan yang disimulasikan.",
        "en": "Routes do not react to queues; only the traffic of both pairs is simulated.",
    },
    "left_out": {
        "id": "Tidak disertakan (tabelnya belum ada): {slides}.",
        "en": "Left out (their tables do not exist yet): {slides}.",
    },
    "slide_why": {"id": "diagram ruang–waktu", "en": "space–time diagram"},
    "slide_hot_spots": {"id": "peta titik rawan", "en": "map of hot spots"},
    "slide_junctions": {"id": "daftar simpang", "en": "list of junctions"},
    "slide_comparison": {"id": "perbandingan rencana", "en": "comparison of plans"},
    "slide_what_if": {"id": "bagaimana jika", "en": "what if"},
    "slide_timetable": {"id": "jadwal", "en": "timetable"},
    "slide_tornado": {"id": "yang paling menentukan", "en": "what matters most"},
    # Speaker notes
    "note_answer": {
        "id": (
            "Cara membaca: warna dan kata di kiri adalah putusan atas rencana. Hijau: ujung atas selang di bawah ambang. "
            "Merah: ujung bawah di atas ambang. Kuning: selang memuat ambang, perlu ulangan lagi. Angka besar adalah "
            "rata-rata hari simulasi, di bawahnya selang kepercayaannya. Kontak berarti rombongan kedua pasangan "
            "berdekatan di jalan, bukan peluang bentrokan."
        ),
        "en": (
            "How to read: colour and word at the left are the verdict on the plan. Green: the upper end of the interval is "
            "below the threshold. Red: the lower end is above it. Amber: the interval holds the threshold, more "
            "replications are needed. Large numbers are means over simulated days, below them their confidence intervals. "
            "Contact means that groups of both pairs are close to each other on the road, no probability of a clash."
        ),
    },
    "note_heat": {
        "id": (
            "Cara membaca: setiap baris satu pasangan lokasi menurut jarak lewat jalan, setiap kolom satu jeda. Makin gelap, "
            "makin sering kontak. Jeda disebut cukup bila ujung atas selang di bawah ambang, juga pada semua jeda lebih "
            "panjang. Sel bertanda – tidak disimulasikan; ► adalah rencana."
        ),
        "en": (
            "How to read: each row is a pair of venues by distance along roads, each column a gap. Darker means contact more "
            "often. A gap is enough when the upper end of the interval is below the threshold, also at every longer gap. "
            "Cells with – were not simulated; ► is the plan."
        ),
    },
    "note_why": {
        "id": (
            "Cara membaca: ke kanan waktu, ke bawah jarak sepanjang jalan bersama. Bidang biru dan jingga adalah barisan "
            "kedua pasangan dari kepala sampai ekor; bidang muda adalah pengendara perorangan. Di mana bidang bertindihan, "
            "kedua pasangan berada di tempat yang sama pada waktu yang sama; titik hitam adalah kontak. Contoh ini ulangan "
            "nomor {replication}, dipilih karena paparannya mendekati nilai tengah."
        ),
        "en": (
            "How to read: time runs to the right, distance along the shared road downwards. Blue and orange areas are the "
            "columns of both pairs from head to tail; pale areas are independent riders. Where areas overlap both pairs are "
            "at the same place at the same time; black dots are contacts. This example is replication number {replication}, "
            "chosen because its exposure is near the median."
        ),
    },
    "note_hot_spots": {
        "id": (
            "Cara membaca: luas lingkaran sebanding dengan paparan (orang-menit per hari). Nomor sama dengan daftar di kanan; "
            "jam adalah rentang terpendek yang memuat separuh kontak. Kotak bernomor adalah lokasi rapat umum, lingkaran "
            "kecil bernomor titik kumpul pasangan 1 dan 2."
        ),
        "en": (
            "How to read: the area of a circle is in proportion to exposure (person-min per day). Numbers are those of the "
            "list at the right; hours are the shortest span with half of the contacts. Numbered squares are rally venues, "
            "small numbered circles assembly points of pairs 1 and 2."
        ),
    },
    "note_junctions": {
        "id": (
            "Cara membaca: bagian paparan adalah andil tempat itu dalam seluruh orang-menit rencana. Jenis adalah cara bertemu "
            "yang paling banyak menyumbang; setiap jenis punya penanganan sendiri. Daftar lengkap ada di hasil.xlsx."
        ),
        "en": (
            "How to read: the share is the junction's part of all person-minutes of the plan. The type is the way of meeting "
            "that contributes most; every type has its own remedy. The full list is in hasil.xlsx."
        ),
    },
    "note_comparison": {
        "id": (
            "Cara membaca: semua rencana dihitung pada hari-hari simulasi yang sama, sehingga selisihnya tajam. Selisih di "
            "bawah nol berarti lebih jarang kontak daripada acuan. Rencana terbaik hanya ditandai bila nyata setelah koreksi."
        ),
        "en": (
            "How to read: all plans are computed on the same simulated days, so that differences are sharp. A difference "
            "below zero means contact less often than in the reference. A best plan is marked only when it is significant "
            "after correction."
        ),
    },
    "note_what_if": {
        "id": "Cara membaca: setiap batang satu keadaan yang berbeda dari rencana, dengan selang kepercayaannya.",
        "en": "How to read: each bar is one departure from the plan, with its confidence interval.",
    },
    "note_timetable": {
        "id": (
            "Cara membaca: jam berangkat adalah jadwal; jam lainnya sudah memuat keterlambatan yang diasumsikan. Jadwal "
            "setiap konvoi ada di syarat_sttp dan hasil.xlsx."
        ),
        "en": (
            "How to read: departures are as scheduled; the other times include the assumed lateness. The timetable of every "
            "convoy is in syarat_sttp and hasil.xlsx."
        ),
    },
    "note_clear": {
        "id": (
            "Cara membaca: jam bersih adalah saat kendaraan terakhir pasangan yang lebih dulu lewat, pada 95 dari 100 hari. "
            "Bila pada jam itu belum lewat, harinya tidak biasa: tahan pasangan berikutnya di titik kumpul."
        ),
        "en": (
            "How to read: the clear-by time is when the last vehicle of the earlier pair has passed, on 95 of 100 days. If it "
            "has not passed by then, the day is unusual: hold the other pair at its assembly points."
        ),
    },
    "note_tornado": {
        "id": "Cara membaca: batang terpanjang adalah faktor yang paling mengubah hasil; ukur atau atur yang itu lebih dulu.",
        "en": "How to read: the longest bar is the factor that changes the outcome most; measure or govern that one first.",
    },
    "note_limits": {
        "id": "Angka bertanda asumsi belum pernah diukur. Hasil berlaku untuk rancangan yang disimulasikan, tidak di luarnya.",
        "en": "Numbers called assumptions have not been measured. Results hold for the simulated designs, not beyond them.",
    },
    # One page
    "page_heading": {"id": "Ringkasan simulasi konvoi", "en": "Summary of the convoy simulation"},
    "page_conditions": {"id": "Syarat", "en": "Conditions"},
    "page_heat": {"id": "P(kontak) menurut jeda dan lokasi", "en": "P(contact) by gap and venues"},
    "page_why": {
        "id": "Mengapa: barisan di jalan bersama pada hari biasa",
        "en": "Why: columns on the shared road on a typical day",
    },
    "page_spots": {"id": "Tempat dengan paparan terbesar", "en": "Places with the largest exposure"},
    "page_clear": {"id": "Jam bersih (usulan)", "en": "Clear-by times (proposal)"},
    # Workbook
    "sheet_explanation": {"id": "Penjelasan", "en": "Explanation"},
    "sheet_answer": {"id": "Jawaban", "en": "Answer"},
    "explain_sheet": {"id": "Lembar", "en": "Sheet"},
    "explain_column": {"id": "Kolom", "en": "Column"},
    "explain_unit": {"id": "Satuan", "en": "Unit"},
    "explain_meaning": {"id": "Arti", "en": "Meaning"},
    # Permit conditions
    "permit_heading": {
        "id": "Usulan syarat dalam surat tanda terima pemberitahuan (STTP)",
        "en": "Proposed conditions for the receipt of notice (STTP)",
    },
    "permit_draft": {
        "id": "Konsep untuk dibahas; berlaku setelah ditetapkan pejabat yang berwenang.",
        "en": "A draft for discussion; in force once set by the competent official.",
    },
    "permit_basis_recommended": {
        "id": "Dasar: rancangan usulan ({gap}), kontak pada {days}.",
        "en": "Basis: the proposed design ({gap}), contact on {days}.",
    },
    "permit_basis_planned": {
        "id": "Dasar: rencana ({gap}). PERHATIAN: rencana ini belum terbukti di bawah ambang; kontak pada {days}.",
        "en": "Basis: the plan ({gap}). ATTENTION: this plan is not shown to be below the threshold; contact on {days}.",
    },
    "permit_day": {"id": "Hari kampanye: {date}", "en": "Day of the campaign: {date}"},
    "permit_side": {"id": "Pasangan calon {side}: {venue}", "en": "Candidate pair {side}: {venue}"},
    "permit_rally": {
        "id": "Rapat umum pukul {start}–{end}{day}.",
        "en": "Rally from {start} to {end}{day}.",
    },
    "permit_depart": {
        "id": "Konvoi berangkat dari titik kumpulnya dalam waktu {minutes} menit sejak jam pada tabel, melalui rute pada tabel; di luar itu hanya atas izin petugas.",
        "en": "Convoys leave their assembly points within {minutes} min of the time in the table, along the route in the table; otherwise only with the officers' permission.",
    },
    "permit_length": {
        "id": "Satu konvoi paling banyak {vehicles} kendaraan dan lewat dalam waktu paling lama {minutes} menit.",
        "en": "A convoy has at most {vehicles} vehicles and passes within {minutes} min at most.",
    },
    "permit_clear": {
        "id": "Barisan pulang sudah lewat {junction} paling lambat pukul {time}.",
        "en": "The homebound column has passed {junction} by {time} at the latest.",
    },
    "permit_hold": {
        "id": "Titik tahan: {place}. Konvoi ditahan di sana bila barisan pasangan {other} belum lewat {junction} pukul {time}.",
        "en": "Hold point: {place}. The convoy is held there if the column of pair {other} has not passed {junction} by {time}.",
    },
    "permit_hold_points": {"id": "titik kumpul masing-masing", "en": "each assembly point"},
    "permit_escort": {
        "id": "Kepala dan ekor setiap konvoi dikawal petugas; kecepatan kepala paling tinggi {speed} km/jam.",
        "en": "Officers escort the head and tail of every convoy; the head rides at {speed} km/h at most.",
    },
    "permit_interval": {
        "id": "Konvoi dari titik kumpul yang berdekatan baru berangkat setelah barisan di depannya lewat seluruhnya.",
        "en": "Convoys of neighbouring assembly points leave one after the other, once the column before has passed.",
    },
    "permit_end": {
        "id": "Setelah tiba, kendaraan parkir di lokasi; tidak ada keliling sesudah rapat umum.",
        "en": "On arrival vehicles park at the venue; no touring after the rally.",
    },
    "permit_head_assembly": {"id": "Titik kumpul", "en": "Assembly point"},
    "permit_head_depart": {"id": "Berangkat ({zone})", "en": "Leaves ({zone})"},
    "permit_head_route": {"id": "Rute berangkat", "en": "Outbound route"},
    "permit_head_vehicles": {"id": "Kendaraan", "en": "Vehicles"},
    "permit_footer": {
        "id": "Jam bersih tercapai pada 95 dari 100 hari simulasi; lama lewat adalah nilai tengah konvoi terpanjang. Kontak berarti berdekatan di jalan, bukan peluang bentrokan.",
        "en": "Clear-by times are reached on 95 of 100 simulated days; the passing time is the median of the longest convoy. Contact means being close on the road, no probability of a clash.",
    },
    # Maps
    "geo_spot": {
        "id": "{contacts} kontak per hari, {share} paparan, pukul {hours}",
        "en": "{contacts} contacts per day, {share} of the exposure, {hours}",
    },
    "geo_clear": {
        "id": "pasangan {side}, {trip}: bersih pukul {time}",
        "en": "pair {side}, {trip}: clear at {time}",
    },
    # Animation
    "animation_title": {
        "id": "{day}: {contacts} kontak, {exposure} orang-menit (ulangan {replication})",
        "en": "{day}: {contacts} contacts, {exposure} person-min (replication {replication})",
    },
    "animation_vehicles": {"id": "kendaraan pasangan {side}", "en": "vehicles of pair {side}"},
    "animation_contact": {"id": "kontak sedang berlangsung", "en": "contact under way"},
    # What the command says
    "picture_failed": {
        "id": "{name} tidak dapat dibuat ({fault}); hasil dan berkas lain tidak terpengaruh",
        "en": "{name} could not be made ({fault}); the answer and the other files stand",
    },
    "pack_missing_package": {
        "id": '{file} dilewati: paket {package} belum terpasang; pasang dengan: pip install "konvoi[report]"',
        "en": '{file} left out: the package {package} is not installed; install it with: pip install "konvoi[report]"',
    },
    "pack_left_out": {
        "id": "Slaid dilewati: {slides} (tabel belum ada di folder ini)",
        "en": "Slides left out: {slides} (no such table in this folder)",
    },
    "pack_no_crs": {
        "id": "Berkas GIS dilewati: peta buatan tanpa koordinat bumi",
        "en": "GIS files left out: the map is synthetic and lies nowhere on Earth",
    },
    "pack_no_traffic": {
        "id": "Animasi dilewati: tabel traffic.parquet belum ada; jalankan 'konvoi sweep' lagi ke folder ini",
        "en": "Animation left out: there is no traffic.parquet; run 'konvoi sweep' into this folder again",
    },
}
