"""Sample titles for tests: random combinations of words in many scripts, and hard cases."""

import random

WORDS = {
    "latin": "the of and why fan-out beats sequential generation three retries with exponential backoff idempotent "
    "batch outputs at scale object storage as source truth observing 10k subtasks in Render Dashboard a I to it's "
    "\u201cquoted\u201d — (almost) 2026, fast; cheap: $0.04 100% A/B C++ don't stop! really? internationalization",
    "accents": "Übergröße façade naïve Ångström crème brûlée señor São Łódź žluťoučký kůň İstanbul ğüşiöç Þórr",
    "vietnamese": "Tạo hàng trăm hình ảnh từ một danh sách lời nhắc và lưu chúng với khoá băm nội dung",
    "cyrillic": "Пакетная генерация изображений с повторными попытками и экспоненциальной задержкой ёж Київ ђ",
    "greek": "Μαζική παραγωγή εικόνων με επαναλήψεις και εκθετική καθυστέρηση για κάθε ζεύγος ά ή",
    "japanese": "画像を 一括で 生成する 方法と、 その 仕組みを レンダリング ワークフローで "
    "詳しく 解説します。 初心者向け （第1回）",
    "chinese": "使用 工作流 并行 生成 数百张 带 标题 的 图片 ， 重复 运行 不会 再次 付费 。 为什么 这么 快 ？",
    "korean": "수백 장의 이미지를 한 번에 생성하고 실패하면 다시 시도하며 같은 그림에 두 번 돈을 내지 않는다",
    "arabic": "إنشاء مئات الصور المعنونة دفعة واحدة مع إعادة المحاولة (fan-out) 2026 و ٣ مرات ، لماذا ؟ مُحَمَّد",
    "hebrew": "יצירת מאות תמונות עם כותרות בבת אחת (fan-out) וניסיון חוזר 3 פעמים, למה? שָׁלוֹם",
    "hindi": "एक साथ सैकड़ों शीर्षक वाली छवियाँ बनाना और विफल होने पर फिर से प्रयास करना क्षेत्र कार्यक्रम",
    "thai": "การสร้าง ภาพ จำนวนมาก พร้อม ชื่อเรื่อง ด้วย เวิร์กโฟลว์ แบบ ขนาน และ ลองใหม่ เมื่อ ล้มเหลว น้ำ",
    "bengali": "একসাথে শত শত শিরোনাম সহ ছবি তৈরি করা এবং ব্যর্থ হলে আবার চেষ্টা",
    "khmer": "វិធី បង្កើត រូបភាព រាប់រយ ក្នុង ពេល តែមួយ ភាសា ខ្មែរ",
    "lao": "ວິທີ ສ້າງ ຮູບພາບ ຫຼາຍຮ້ອຍ ໃນ ເວລາ ດຽວກັນ ພາສາ ລາວ",
    "burmese": "ပုံ များစွာ ကို တစ်ပြိုင်နက် ဖန်တီး နည်း မြန်မာ ဘာသာ စကား",
    "german": "Küchentisch-Kubernetes Datenschutzgrundverordnung für die der das und in Bei\u00adspiel\u00adwort "
    "Geschwindigkeitsbegrenzung eine kurze Geschichte von: – Übergrößen",
    "controls": "ב-C++\u200e \u200fשלום \u2067עולם abc\u2069 (fan-out) \u2068x א\u2069 one\u200btwo مرحبا ٣ 12% end",
    "symbols": "➜ ✔ ✘ ⟨x⟩ ☐ ▸ ❯ 𝐇𝐞𝐥𝐥𝐨 → ∞ ≠ ℝ ① 🖤 ❤\ufe0f 🫩 "
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ok no",
    "emoji": "🚀 launch ✨ day 👩‍💻 code 🇩🇪 ❤️ 1️⃣ 👍🏽 ship it 🎉",
    "long": "Donaudampfschifffahrtsgesellschaftskapitän https://example.com/a/very/long/path?with=query&and=more "
    "supercalifragilisticexpialidocious kubernetes.io/ingress.class@v1.31 AbstractSingletonProxyFactoryBean",
}
UNSPACED = {"japanese", "chinese", "thai", "khmer", "lao", "burmese"}

HARD = (
    "Go",
    "I",
    "Ünïcödé — “naïve” café: 100% déjà‑vu?",
    "a" * 60,
    "W" * 300,
    "i " * 150,
    "word\r\nwith\tcontrols\x00\x07 and\u2028breaks",
    "Z̴̡̛͓̮̐͆̕͜a̸̢̟̺̼̓̏̕͠l̷̨̛̯̦̽̃͜g̶̡̬͇̏̈́̈́o̴̧̮͒̓̕ is here",
    "(fan-out) مرحبا بالعالم",
    "مرحبا (fan-out) بالعالم 100% ٣٫٥",
    "English with שלום inside",
    "👨‍👩‍👧‍👦" * 12,
    "🚀" * 300,
    "Erste Zeile\nZweite Zeile",
    "\n".join("Many lines of verse" * 3),
    "ก็็็็็ที่นี่",
    "gjpqy ÅÉÑ ŷğ",
    "レンダリングワークフロー" * 8,
    "x" * 20 + " y " + "z" * 20,
)


def random_title(chance: random.Random) -> str:
    """Make a random title of 1 to 300 characters, half of them under 60."""
    if chance.random() < 0.06:
        return chance.choice(HARD)
    text = random_text(chance, chance.choice((8, 20, 40, 60, 100, 160, 300)))
    return text[:300].strip()


def random_text(chance: random.Random, wanted: int) -> str:
    """Make a random text of about so many characters, a fifth of them in words of two scripts."""
    script = chance.choice(list(WORDS))
    words = WORDS[script].split()
    glue = "" if script in UNSPACED else " "
    if glue and chance.random() < 0.2:
        words += WORDS[chance.choice([name for name in WORDS if name not in UNSPACED])].split()
    text = chance.choice(words)
    while len(text) < wanted:
        text += glue + chance.choice(words)
    return text
