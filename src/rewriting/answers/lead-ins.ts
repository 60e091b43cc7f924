/** How a model introduces a rewrite, or comments on it afterwards, in one language. */
interface Comments {
  readonly language: string;
  /** The first line, up to its colon: words that point at what follows, and words for a changed text. */
  readonly leadIn: string;
  /** The beginning of a last paragraph that is about the rewrite. */
  readonly note: string;
}

/** Between the parts of a lead-in: the same line, without its colon. */
const GAP = "[^\\n:：]{0,80}?";

const COMMENTS: readonly Comments[] = [
  {
    language: "German",
    leadIn: `(?:hier (?:ist|sind|kommt|folgt|haben sie|hast du)|im folgenden|nachfolgend|dies ist|das ist|die)${GAP}(?:überarbeitet|angepasst|umgeschrieben|umformuliert|bearbeitet|geändert|verbessert|gekürzt|verlängert|erweitert|kürzer|länger|neu)[\\p{L}]*${GAP}(?:version|fassung|text|bewertung|rezension|antwort|variante|kritik)|(?:überarbeitet|angepasst|umgeschrieben|umformuliert|bearbeitet|gekürzt|geändert)[\\p{L}]* (?:version|fassung|text|bewertung|rezension|antwort)`,
    note: "(?:hinweis|anmerkung|bemerkung|notiz)",
  },
  {
    language: "French",
    leadIn: `(?:voici|voilà|ci-dessous|ceci est)${GAP}(?:version|texte|critique|réponse|avis|commentaire|reformulation)${GAP}|version (?:modifiée|révisée|ajustée|raccourcie|allongée|remaniée|corrigée|réécrite|plus \\p{L}+)`,
    note: "(?:remarque|nota bene|note(?= :))",
  },
  {
    language: "Spanish",
    leadIn: `(?:aquí (?:está|tienes|tiene|va|te dejo)|a continuación|esta es|he aquí)${GAP}(?:versión|texto|reseña|respuesta|crítica)${GAP}(?:modificad|revisad|ajustad|reescrit|más|adaptad|corregid|editad)?[\\p{L}]*${GAP}|versión (?:modificada|revisada|ajustada|corregida|reescrita|más \\p{L}+)`,
    note: "(?:nota|aclaración|observación)",
  },
  {
    language: "Portuguese",
    leadIn: `(?:aqui (?:está|vai|tem)|segue|a seguir|abaixo está|esta é)${GAP}(?:versão|texto|resenha|resposta|crítica|avaliação)${GAP}|versão (?:modificada|revisada|ajustada|corrigida|reescrita|mais \\p{L}+)`,
    note: "(?:nota|observação|obs)",
  },
  {
    language: "Italian",
    leadIn: `(?:ecco|di seguito|questa è|qui sotto)${GAP}(?:versione|testo|recensione|risposta)${GAP}|versione (?:modificata|rivista|corretta|riscritta|più \\p{L}+)`,
    note: "(?:nota|osservazione)",
  },
  {
    language: "Dutch",
    leadIn: `(?:hier (?:is|volgt|heb je|vind je)|hieronder|dit is)${GAP}(?:versie|tekst|recensie|antwoord|beoordeling)${GAP}`,
    note: "(?:opmerking|let op|noot|toelichting)",
  },
  {
    language: "Polish",
    leadIn: `(?:oto|poniżej|tutaj jest)${GAP}(?:wersj|tekst|recenzj|odpowied|opini)[\\p{L}]*${GAP}`,
    note: "(?:uwaga|notatka|przypis)",
  },
  {
    language: "Russian",
    leadIn: `(?:вот|ниже|представляю|предлагаю)${GAP}(?:верси|текст|отзыв|ответ|вариант|реценз)[\\p{L}]*${GAP}|(?:отредактированн|изменённ|измененн|исправленн|сокращённ|сокращенн|переработанн)[\\p{L}]* (?:версия|текст|отзыв|вариант)`,
    note: "(?:примечание|замечание|пояснение)",
  },
  {
    language: "Ukrainian",
    leadIn: `(?:ось|нижче)${GAP}(?:версі|текст|відгук|відповід|варіант)[\\p{L}]*${GAP}`,
    note: "(?:примітка|зауваження|пояснення)",
  },
  {
    language: "Turkish",
    leadIn: `(?:[iİ]şte|[aA]şağıda)${GAP}(?:düzenlenmiş|güncellenmiş|değiştirilmiş|yeniden|daha|uyarlanmış|gözden)${GAP}(?:sürüm|versiyon|hali|metin|yorum|yanıt|hâli|inceleme)[\\p{L}]*${GAP}`,
    note: "(?:not|açıklama)",
  },
  {
    language: "Vietnamese",
    leadIn: `(?:dưới đây|đây) là${GAP}(?:phiên bản|bản|văn bản|bài đánh giá|câu trả lời)${GAP}`,
    note: "(?:lưu ý|ghi chú|chú thích)",
  },
  {
    language: "Indonesian",
    leadIn: `(?:berikut (?:adalah|ini)?|ini adalah|inilah)${GAP}(?:versi|teks|ulasan|jawaban)${GAP}`,
    note: "(?:catatan|keterangan)",
  },
  {
    language: "Swedish, Danish, Norwegian",
    leadIn: `(?:här (?:är|kommer)|her (?:er|kommer)|nedan följer|nedenfor)${GAP}(?:version|versjon|text|tekst|recension|anmeldelse|svar)[\\p{L}]*${GAP}`,
    note: "(?:obs|notera|merk|bemærk|bemerk|anmärkning)",
  },
  {
    language: "Arabic",
    leadIn: `(?:إليك|إليكم|فيما يلي|هذه هي|هذا هو|هنا)${GAP}(?:النسخة|نسخة|النص|نص|المراجعة|مراجعة|الصيغة|الرد|الإجابة)${GAP}`,
    note: "(?:ملاحظة|تنويه|ملحوظة)",
  },
  {
    language: "Hindi",
    leadIn: `(?:यहाँ|यहां|नीचे|यह रहा|यह है|ये रहा)${GAP}(?:संस्करण|पाठ|समीक्षा|उत्तर|रूप)${GAP}`,
    note: "(?:नोट|टिप्पणी|ध्यान दें)",
  },
  {
    language: "Chinese",
    leadIn: `(?:好的[，,。！]?\\s*)?(?:以下|下面|这|這|这里|這裡)(?:就)?(?:是|为|為|提供)?${GAP}(?:修改|调整|調整|改写|改寫|重写|重寫|润色|潤色|编辑|編輯|更新|缩短|縮短|扩展|擴展|更长|更長|更短|更)${GAP}(?:版本|内容|內容|评论|評論|影评|影評|文本|回答|回复|回覆|文字|后的|後的)?${GAP}|(?:修改|调整|調整|改写|改寫|重写|重寫)(?:后|後|版)(?:的)?(?:版本|内容|內容|评论|評論|文本|回答|文字)?`,
    note: "(?:注|註|注意|备注|備註|说明|說明|附注)",
  },
  {
    language: "Japanese",
    leadIn: `(?:以下|こちら|下記)(?:は|が|に)?${GAP}(?:修正|調整|書き換え|書き直し|変更|編集|改訂|短く|長く|リライト)${GAP}|(?:修正|調整|書き換え|改訂)(?:版|後)(?:の)?(?:文章|レビュー|テキスト|回答)?`,
    note: "(?:注|注意|備考|補足|注記)",
  },
  {
    language: "Korean",
    leadIn: `(?:다음은|아래는|여기|이것은)${GAP}(?:수정|조정|변경|다시 작성|재작성|편집|개선|더)${GAP}(?:버전|리뷰|텍스트|글|답변|내용|문장)?${GAP}|(?:수정|조정|변경)된 (?:버전|리뷰|텍스트|글|답변|내용)`,
    note: "(?:참고|주의|주|노트|비고)",
  },
];

const ADJUSTED =
  "adjusted|rewritten|revised|edited|reworded|rephrased|updated|modified|shortened|lengthened|expanded|condensed|polished";
const KINDS =
  "(?:longer|shorter|(?:more|less) [a-z]+|positive|negative|formal|informal|polite|curt|simple|complex|concise|detailed)";
const REWRITE = "(?:version|response|review|answer|reply|text|passage|rewrite|post|message)s?";
const LEAD_IN = String.raw`[^\n:]{0,120}?\b${REWRITE}\b[^\n:]{0,100}:`;

/**
 * English: a lead-in that names what follows, a title, or a frame. That a response begins with "Sure" or introduces a list is no lead-in.
 */
const ENGLISH: readonly RegExp[] = [
  String.raw`^(?:(?:sure|certainly|of course|absolutely|okay|ok|alright|got it|no problem|great)\b[^\n:.!,]{0,20}[.!,]*\s+)?(?:here(?:['’]s| is| are) (?:the|your|an?|my)\b|below is|(?:i['’]ve|i have) (?:made|${ADJUSTED})\b|the (?:${ADJUSTED})\b|this is (?:the|an?|your) (?:[\w-]+ ){1,3}version\b)(?:${LEAD_IN}|:)(?=\s|["“*])`,
  String.raw`^(?:(?:sure|certainly|of course|absolutely|okay)\b[^\n:]{0,20}\s)?here you go[.!:]`,
  String.raw`^[*_#[ ]*(?:the |my |a )?(?:(?:${ADJUSTED})(?: ${REWRITE})?|(?:${KINDS}|new) ${REWRITE})[*_\]]*(?::[*_]*(?=\s)|(?=\n))`,
  "^```[^`]*```$",
].map((pattern) => new RegExp(pattern, "i"));

/** Nothing but the announcement of a rewrite. */
const ANNOUNCEMENTS: readonly RegExp[] = [
  "^(?:(?:sure|certainly|of course|absolutely|okay|ok|done|got it|no problem|understood|will do)[.!, ]*){1,3}$",
  String.raw`^(?:i['’]ve|i have) (?:made|${ADJUSTED})\b[^\n]{0,120}(?:as (?:you )?(?:asked|requested)|for you|accordingly)[.!]?$`,
].map((pattern) => new RegExp(pattern, "i"));

/** A last paragraph about the rewrite and not of it. */
const NOTES: readonly RegExp[] = [
  // "Note: I kept …", in brackets or not.
  String.raw`(?:^|\n)\s*[([*_]*\s*(?:please )?note[*_]*\s*(?::|that\b)[^\n]*?\b(?:i (?:have |['’]ve )?(?:kept|changed|adjusted|made|tried|rewrote|removed|added|shortened|preserved|maintained|only)|(?:original|rewritten|revised|adjusted) (?:text|review|version|response|meaning|tone)|as (?:you )?(?:asked|requested)|the (?:meaning|tone|length) (?:is|was|has))[^\n]*$`,
  String.raw`\n\s*[([*_]*(?:i (?:have |['’]ve )?(?:kept|changed|adjusted|rewritten|rewrote|shortened|lengthened|expanded|preserved|maintained)) (?:the |your |everything|all )[^\n]*$`,
  String.raw`\n\s*[*_]*(?:i hope[^\n.!]{0,60}[.!] )?(?:let me know|please let me know|feel free to (?:ask|let me know)|would you like me|i hope this (?:version|rewrite|revision|works|meets))\b[^\n]*\b(?:further (?:changes|adjustments|edits|revisions|modifications)|(?:any|more|other|another|additional)(?: other| further| more| additional)? (?:changes|adjustments|edits|revisions|modifications|version|tweaks)|adjust (?:it|this|anything)|tweak|revise|rewrite|your (?:request|requirements|needs))\b[^\n]*$`,
  String.raw`\n\s*[*_]*(?:changes made|key changes|what (?:i|has) changed|explanation of (?:the )?changes|summary of changes)[*_]*:`,
].map((pattern) => new RegExp(pattern, "i"));

const OTHER_LEAD_INS = COMMENTS.map(
  ({ leadIn }) =>
    new RegExp(
      `^[\\s*_#"【\\[]*(?:[¡¿]?\\p{L}[^\\n:：]{0,20}?[!！,，.。]\\s*)?(?:${leadIn})[^\\n:：]{0,30}\\s?[:：][*_]*(?=\\s|["“「»«]|[^\\x00-\\x7f])`,
      "iu",
    ),
);
/** In a paragraph of its own: "(Hinweis: …)", "注：…". */
const OTHER_NOTES = COMMENTS.map(
  ({ note }) => new RegExp(`\\n\\s*[(（【\\[*_]*\\s*${note}[*_]*\\s?[:：][^\\n]*\\s*$`, "iu"),
);

/** A last paragraph that offers to change the rewrite. */
const OFFERS = [
  "(?:lass(?:en sie)? (?:es )?mich (?:gerne )?wissen|sag(?:en sie)? (?:mir )?bescheid)[^\\n]*(?:änderung|anpassung|überarbeit)",
  "(?:n['’]hésitez pas|dites[- ]moi|faites[- ]moi savoir)[^\\n]*(?:modification|ajustement|changement)",
  "(?:avísame|déjame saber|házmelo saber|no dudes)[^\\n]*(?:cambio|ajuste|modificaci)",
  "(?:me avise|avise-me|diga-me|me diga)[^\\n]*(?:alteraç|ajuste|mudança)",
  "(?:fammi sapere|mi faccia sapere)[^\\n]*(?:modific|cambiament|ritocc)",
  "laat (?:het )?me weten[^\\n]*(?:wijziging|aanpassing|verander)",
  "daj(?:cie)? (?:mi )?znać[^\\n]*(?:zmian|popraw)",
  "(?:дайте знать|сообщите|скажите|если нужн)[^\\n]*(?:изменен|правк|правок|доработ)",
  "(?:如果|如|若|需要)[^\\n]{0,20}(?:修改|调整|調整|改动|改動)[^\\n]*(?:告诉|告訴|告知|说|說)",
  "(?:さらに|他に|ほかに|もし)[^\\n]*(?:修正|調整|変更)[^\\n]*(?:お知らせ|教えて|おっしゃって|お申し付け)",
  "(?:추가|더)[^\\n]*(?:수정|변경)[^\\n]*(?:알려|말씀)",
].map((pattern) => new RegExp(`\\n\\s*[*_(（]*(?:${pattern})[^\\n]*$`, "iu"));

/** Whether a text begins with an introduction to a rewrite. */
export function hasLeadIn(text: string): boolean {
  return (
    ENGLISH.some((pattern) => pattern.test(text)) || OTHER_LEAD_INS.some((pattern) => pattern.test(text))
  );
}

/** Whether a text only says that a rewrite has been made, or will be. */
export function isAnnouncement(text: string): boolean {
  return ANNOUNCEMENTS.some((pattern) => pattern.test(text));
}

/** Whether a text ends with a comment on a rewrite. */
export function hasNote(text: string): boolean {
  const end = text
    .slice(-1000)
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n[ \n]*/g, "\n");
  return [...NOTES, ...OTHER_NOTES, ...OFFERS].some((pattern) => pattern.test(end));
}
