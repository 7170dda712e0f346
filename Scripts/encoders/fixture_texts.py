"""The texts on which our encoder must agree with the reference library."""

import unicodedata

SUBJECTS = ["The keeper", "A technician", "Our committee", "The night ferry", "Each volunteer", "The old archive", "One engineer"]
VERBS = ["records", "repairs", "questions", "measures", "describes", "postpones", "inspects"]
OBJECTS = ["the pressure valve", "a faded map", "seven invoices", "the river gauge", "an unusual sample", "the northern gate", "its timetable"]
TAILS = ["before sunrise", "in heavy rain", "without any delay", "for the third time", "after the meeting", "near the harbour", "in 2024"]


def long_english(words=2000):
    out, i = [], 0
    while len(out) < words:
        out += f"{SUBJECTS[i % 7]} {VERBS[i * 3 % 7]} {OBJECTS[i * 5 % 7]} {TAILS[(i // 7) % 7]}.".split()
        i += 1
    return " ".join(out[:words])


def long_korean():
    lines = ["보일러 압력이 0.8바 아래로 내려가면 보충 밸브를 천천히 엽니다.", "도서관은 매주 월요일에 쉬고 토요일에는 오후 여섯 시까지 엽니다.",
             "김치는 섭씨 2도에서 사흘 동안 익힌 뒤에 냉장고로 옮깁니다.", "신청서는 분기마다 첫째 주 금요일까지 총무팀에 내야 합니다."]
    return " ".join(lines[i % 4] for i in range(60))


def texts():
    korean = "안녕하세요. 저는 서울에 사는 개발자입니다."
    return [
        "", " ", "\n\t ", "a", ".", "7",
        "The quick brown fox jumps over the lazy dog.",
        "How do I reset the boiler when the pressure drops below 0.8 bar?",
        "What is the capital of South Korea?",
        "Unaffordable, antidisestablishmentarianism and electroencephalographically speaking words.",
        "don't can't we'll it's o'clock rock'n'roll",
        "Order HX-2291-C was shipped on 2024-03-17 at 09:45 (UTC+9), invoice #88/2024.",
        "Visit https://example.org/a/b?c=d&e=%20f#top or mail to someone.else+tag@example.co.kr!",
        "Café naïve façade résumé coöperate Ångström São Paulo Zürich Łódź",
        "İstanbul'da IŞIK ılık; Straße, GROẞ, ﬁne ﬂuﬀy ligatures",
        "ＦＵＬＬＷＩＤＴＨ　ｔｅｘｔ １２３ ｶﾀｶﾅ ㍿ ① Ⅷ ½ ㎏",
        "e\u0301 o\u0308 n\u0303 a\u030a combined with marks, and x\u0302\u0323 twice",
        korean,
        "한국어",
        "보일러 압력이 낮을 때는 어떻게 해야 하나요?",
        "도서관은 월요일에 쉽니까?",
        "뷁쉛꿹 희귀한 음절과 ㅋㅋㅋ ㅠㅠ ㄱㄴㄷ 자모",
        "제1조(목적) 이 규정은 회사의 휴가 및 근태에 관한 사항을 정함을 목적으로 한다.",
        "모델 HX-2291-C의 점검 주기는 6개월(또는 1,500시간)입니다.",
        "서울特別市 鍾路區 북촌로 11길 漢字와 한글",
        "RAG 시스템에서 embedding을 계산할 때 batch size는 32로 합니다.",
        "Kubernetes 클러스터를 재시작하려면 `kubectl rollout restart`를 실행하세요.",
        "日本語の文章です。東京タワーは赤い。カタカナとひらがな。",
        "中文句子：今天天气很好，我们去公园吧！",
        "Привет, как дела? Это проверка кириллицы.",
        "مرحبا بالعالم، هذه جملة عربية.",
        "שלום עולם, זה משפט בעברית",
        "नमस्ते दुनिया, यह हिन्दी का वाक्य है।",
        "สวัสดีชาวโลก นี่คือประโยคภาษาไทย",
        "Xin chào thế giới, đây là tiếng Việt có dấu.",
        "Γειά σου Κόσμε, ΟΔΥΣΣΕΥΣ ς",
        "🙂", "🎉🎊🥳 party time!!! 🚀🚀", "👨‍👩‍👧‍👦 family 👍🏽 skin tone 🇰🇷 flag ❤️ heart ☎︎", "한국어와 이모지 😂👍 그리고 English 🤖 mixed",
        "def add(a: int, b: int) -> int:\n    \"\"\"Adds.\"\"\"\n    return a + b  # done\n",
        "SELECT id, name FROM users WHERE created_at >= '2024-01-01' ORDER BY id DESC LIMIT 10;",
        "{\"key\": [1, 2.5, null, true], \"nested\": {\"a\": \"b\\n\"}}",
        "for (int i = 0; i < n; ++i) { sum += x[i] * y[i]; } // O(n)",
        "<div class=\"note\">Hello &amp; welcome</div>\n\n# Title\n\n- item *one*\n- item **two**\n\n| a | b |\n|---|---|",
        "line one\r\nline two\rline three\n\n\nline four\t\ttabs   and    spaces",
        "non\u00a0breaking\u2003em\u3000ideographic\u200bzero\u200dwidth\ufeffbom\u00adsoft",
        "control\x00\x01\x07\x1b[31mred\x7f\x85\u2028line\u2029para \ufffd end",
        "special [CLS] tokens [SEP] in [MASK] text </s> <s> <mask> <unk> and ▁ marks",
        "w" * 150, "long" * 40 + " short", "ㅎ" * 120, "1234567890" * 12,
        "…—–‘’“”«»¿¡§¶†‡•‰′″‹›⁄€™←↑→↓∀∂∃∅∇∈∑−∞≈≠≤≥",
        "x² + y³ = z⁴, α·β ≠ γ/δ, 25 °C ± 0.5 %, 3×4÷2 and $1,234.56 ₩50,000",
        "A.B.C. U.S.A. e.g. i.e. Ph.D. Mr. Smith-Jones' 1st/2nd/3rd",
        "SHOUTING TEXT WITH CamelCaseWords and snake_case_words and kebab-case-words",
        unicodedata.normalize("NFD", "Ünïcödé décomposé — Ελληνικά ά"),
        "The ferry leaves the north pier at 07:20 on weekdays; bicycles travel free, dogs need a muzzle and a ticket. "
        "In fog the first departure may be cancelled without notice. Refunds are paid within fourteen days when the form "
        "is handed in at the counter with the original receipt.",
        "연차 휴가는 입사 1년 후부터 15일이 주어지며, 2년마다 1일씩 늘어나 최대 25일까지 쓸 수 있습니다. 반차는 오전과 오후로 나누어 신청하고, "
        "급한 경우에는 팀장에게 먼저 알린 다음 이틀 안에 서류를 내면 됩니다.",
        long_english(300), long_english(2000), long_korean(),
    ]
