/**
 * How a model says, in one language, that it will not do what it is asked. An answer counts as a refusal where, after an apology or from its first words, it says that
 * the model cannot or will not (`cannot`) do something that is done to a request (`act`): a review may well be sorry, and a text may well say what its writer cannot do.
 */
interface Refusals {
  readonly language: string;
  /** Words that open a refusal and may stand before it: apologies, "as an AI". */
  readonly opening: string;
  /** The whole of what refuses, "cannot" and "act" in the order of the language. */
  readonly refusing: string;
  /** Words that may stand before the refusing ones where there is no opening. */
  readonly before?: string;
}

/** At most so many characters of the same sentence between two parts. */
const GAP = "[^.!?。！？\\n]{0,60}?";

const REFUSALS: readonly Refusals[] = [
  {
    language: "German",
    opening:
      "(?:es )?tut mir (?:sehr |wirklich )?leid|entschuldigung|entschuldigen sie|verzeihung|leider|bedaure|als (?:ki|sprachmodell|künstliche)[^.!?\\n]{0,40}",
    refusing: `(?:(?:kann|darf|werde|möchte|bin)\\b${GAP}\\b(?:nicht|keine[nrms]?|nicht in der lage)\\b${GAP}\\b(?:helfen|behilflich|weiterhelfen|unterstützen|unterstützung|nachkommen|erfüllen|beantworten|ausführen|durchführen|umsetzen|aufgabe|umschreiben|überarbeiten|anpassen|bearbeiten|erstellen|anfrage|bitte)\\b|muss ich (?:leider )?ablehnen)`,
    before: "(?:ich|dabei|das|diese[rmn]?)[^.!?\\n]{0,30}?",
  },
  {
    language: "French",
    opening:
      "(?:je suis )?(?:vraiment |sincèrement )?(?:désolée?|navrée?)|excusez[- ]moi|pardon|malheureusement|en tant qu['’](?:ia|intelligence|assistant|modèle)[^.!?\\n]{0,40}",
    refusing: `(?:je ne (?:peux|puis|suis)|il m['’]est impossible|je refuse)\\b${GAP}\\b(?:aider|assister|répondre|accéder|satisfaire|traiter|réécrire|reformuler|modifier|demande|requête|de le faire|faire cela)`,
    before: "(?:mais )?",
  },
  {
    language: "Spanish",
    opening:
      "lo siento(?: mucho)?|lo lamento|disculpa|disculpe|perdón|lamentablemente|desafortunadamente|como (?:ia|modelo|asistente|inteligencia)[^.!?\\n]{0,40}",
    refusing: `(?:no (?:puedo|podré|poder|me es posible|estoy en condiciones)|me niego)\\b${GAP}\\b(?:ayudar|ayudarte|ayudarle|asistir|cumplir|atender|responder|procesar|reescribir|reformular|modificar|solicitud|petición|hacer eso)`,
    before: "(?:pero )?",
  },
  {
    language: "Portuguese",
    opening:
      "(?:eu )?(?:sinto muito|lamento)|desculp(?:e|a|as)|perdão|infelizmente|como (?:ia|um modelo|uma ia|assistente)[^.!?\\n]{0,40}",
    refusing: `(?:não (?:posso|consigo|poderei|é possível)|recuso-me)\\b${GAP}\\b(?:ajudar|ajudá-lo|auxiliar|atender|cumprir|responder|processar|reescrever|reformular|modificar|solicitação|pedido|fazer isso)`,
    before: "(?:eu )?",
  },
  {
    language: "Italian",
    opening:
      "mi dispiace(?: molto)?|mi spiace|spiacente|scusa|scusami|mi scuso|purtroppo|sfortunatamente|in quanto (?:ia|modello|assistente)[^.!?\\n]{0,40}",
    refusing: `(?:non (?:posso|riesco|sono in grado|mi è possibile)|devo rifiutare|mi rifiuto)\\b${GAP}\\b(?:aiutart|aiutar|assister|soddisfare|rispondere|elaborare|riscrivere|riformulare|modificare|richiesta|farlo)`,
    before: "(?:ma )?",
  },
  {
    language: "Dutch",
    opening: "(?:het )?spijt me|sorry|mijn excuses|excuses|helaas|als (?:ai|taalmodel|een ai)[^.!?\\n]{0,40}",
    refusing: `(?:kan|mag|zal|ben)\\b${GAP}\\b(?:niet|geen|niet in staat)\\b${GAP}\\b(?:helpen|assisteren|voldoen|beantwoorden|herschrijven|aanpassen|verzoek|uitvoeren)`,
    before: "(?:ik|daar|hier)[^.!?\\n]{0,30}?",
  },
  {
    language: "Polish",
    opening: "(?:bardzo )?(?:przepraszam|przykro mi)|niestety|jako (?:model|sztuczna|ai)[^.!?\\n]{0,40}",
    refusing: `(?:nie (?:mogę|jestem w stanie|będę w stanie)|muszę odmówić|odmawiam)(?:${GAP}(?:pomóc|pomocy|zrealizować|spełnić|wykonać|odpowiedzieć|przepisać|przeredagować|prośb|tego zrobić))?`,
    before: "(?:ale )?",
  },
  {
    language: "Russian",
    opening:
      "извините|простите|прошу прощения|приношу извинения|мне (?:очень )?жаль|к сожалению|сожалею|как (?:ии|языковая|искусственный)[^.!?\\n]{0,40}",
    refusing: `(?:не (?:могу|смогу|в состоянии|имею возможности)${GAP}(?:помочь|выполнить|ответить|переписать|изменить|помогать|обработать|запрос|просьб|это сделать)|вынужден[а]? отказать)`,
    before: "(?:но )?(?:я )?",
  },
  {
    language: "Ukrainian",
    opening: "вибачте|перепрошую|пробачте|мені (?:дуже )?шкода|на жаль",
    refusing: `(?:не (?:можу|зможу|в змозі)${GAP}(?:допомогти|виконати|відповісти|переписати|змінити|запит|прохання)|змушен(?:ий|а) відмовити)`,
    before: "(?:але )?(?:я )?",
  },
  {
    language: "Turkish",
    opening: "üzgünüm|özür dilerim|maalesef|ne yazık ki|kusura bakmayın|bir yapay zeka[^.!?\\n]{0,40}",
    refusing: `(?:${GAP})(?:yardımcı olamam|yardımcı olamıyorum|yardım edemem|yerine getiremem|yerine getiremiyorum|yanıtlayamam|cevaplayamam|yapamam|yapamıyorum|gerçekleştiremem|yeniden yazamam)`,
    before: "(?:bu|size|ama)[^.!?\\n]{0,40}?",
  },
  {
    language: "Vietnamese",
    opening: "(?:tôi )?(?:rất )?(?:xin lỗi|lấy làm tiếc)|rất tiếc|thật tiếc",
    refusing: `(?:không thể|không được phép|từ chối)${GAP}(?:giúp|hỗ trợ|đáp ứng|thực hiện|trả lời|viết lại|chỉnh sửa|yêu cầu)`,
    before: "(?:nhưng )?(?:tôi )?",
  },
  {
    language: "Indonesian",
    opening: "(?:saya )?(?:mohon )?maaf(?:kan saya)?|sayangnya|sebagai (?:model|ai|asisten)[^.!?\\n]{0,40}",
    refusing: `(?:tidak (?:dapat|bisa|mampu)|menolak)${GAP}(?:membantu|memenuhi|menjawab|melakukan|memproses|menulis ulang|mengubah|permintaan)`,
    before: "(?:tetapi |tapi )?(?:saya )?",
  },
  {
    language: "Swedish, Danish, Norwegian",
    opening:
      "(?:jag |jeg )?(?:är |er )?(?:ledsen|beklager|beklagar|ked af det|lei meg)|förlåt|undskyld|unnskyld|tyvärr|desværre|dessverre",
    refusing: `(?:kan|får|må)\\b${GAP}\\b(?:inte|ikke)\\b${GAP}(?:hjälpa|hjælpe|hjelpe|uppfylla|opfylde|oppfylle|svara på|svare på|skriva om|omskrive|begäran|anmodning|forespørsel)`,
    before: "(?:men )?(?:jag |jeg )?",
  },
  {
    language: "Czech",
    opening: "(?:je mi )?(?:líto|omlouvám se|promiňte)|bohužel",
    refusing: `(?:nemohu|nemůžu|nejsem schopen|nedokážu)${GAP}(?:pomoci|pomoct|splnit|vyhovět|odpovědět|přepsat|žádost|požadav)`,
    before: "(?:ale )?(?:s |tomuto |této |vaší )?[^.!?\\n]{0,20}?",
  },
  {
    language: "Hungarian",
    opening: "(?:nagyon )?(?:sajnálom|sajnálattal)|elnézést|bocsánat|sajnos",
    refusing: `(?:${GAP})(?:nem (?:tudok|tudom|áll módomban)${GAP}(?:segíteni|segítséget|teljesíteni|válaszolni|átírni|kérés)|nem segíthetek)`,
  },
  {
    language: "Romanian",
    opening: "(?:îmi|ne) pare (?:foarte )?rău|scuze|scuzați|din păcate|regret",
    refusing: `nu (?:pot|vă pot|te pot|îți pot|sunt în măsură)${GAP}(?:ajuta|asista|îndeplini|răspunde|rescrie|modifica|solicitare|cerere)`,
    before: "(?:dar )?",
  },
  {
    language: "Finnish",
    opening: "anteeksi|pahoittelen|valitettavasti|olen pahoillani",
    refusing: `en (?:voi|pysty|kykene)${GAP}(?:auttaa|auttamaan|täyttää|vastata|kirjoittaa|muokata|pyyntö)`,
    before: "(?:mutta )?",
  },
  {
    language: "Hindi",
    opening: "(?:मुझे )?(?:खेद है|माफ\u093c? ?(?:करें|कीजिए|कीजिये)|क्षमा (?:करें|कीजिए)|दुर्भाग्य से)",
    refusing:
      "[^।!?\\n]{0,60}?(?:मदद|सहायता|अनुरोध|पूरा|उत्तर|जवाब)[^।!?\\n]{0,40}?(?:नहीं कर सक|नहीं दे सक|असमर्थ)",
  },
  {
    language: "Arabic",
    opening: "(?:أنا )?(?:آسف|آسفة|عذر[ًا]*ا?|معذرة|أعتذر|المعذرة)|للأسف|يؤسفني",
    refusing: `(?:لا (?:يمكنني|أستطيع|أقدر|يسعني)|لن أتمكن|لا يُمكنني|أرفض)${GAP}(?:مساعد|المساعدة|تلبية|تنفيذ|الرد|الإجابة|إعادة|تعديل|طلب|الطلب|ذلك)`,
    before: "(?:لكن[ين]*ي? )?",
  },
  {
    language: "Persian",
    opening: "(?:خیلی )?(?:متأسفم|متاسفم|ببخشید|عذر می[‌ ]?خواهم|پوزش)|متأسفانه|متاسفانه",
    refusing: `(?:${GAP})(?:نمی[‌ ]?توانم|قادر نیستم|امکان(?:‌| )?پذیر نیست)`,
  },
  {
    language: "Hebrew",
    opening: "(?:אני )?(?:מצטער|מצטערת)|סליחה|לצערי",
    refusing: `(?:(?:איני|אינני|לא) (?:יכול|יכולה|אוכל)|נאלץ לסרב)${GAP}(?:לעזור|לסייע|למלא|לענות|לשכתב|בקשה)`,
    before: "(?:אבל |אני )?",
  },
  {
    language: "Chinese",
    opening:
      "(?:很|非常|十分|真的)?(?:抱歉|对不起|對不起|遗憾|遺憾|不好意思)|作为(?:一个)?(?:人工智能|AI|语言模型)[^。！？\\n]{0,30}|作為(?:一個)?(?:人工智慧|AI|語言模型)[^。！？\\n]{0,30}",
    refusing:
      "[^。！？\\n]{0,30}?(?:(?:无法|無法|不能|不便|没办法|沒辦法|拒绝|拒絕|不可以|没有办法)[^。！？\\n]{0,20}?(?:帮|幫|协助|協助|满足|滿足|完成|提供|回答|处理|處理|执行|執行|改写|改寫|修改|重写|重寫|请求|請求|要求|内容|內容))",
    before: "(?:我|这个|這個|该|該|您的|你的)[^。！？\\n]{0,10}?",
  },
  {
    language: "Japanese",
    opening:
      "(?:大変|誠に)?(?:申し訳(?:ありません|ございません|ない)|すみません|すいません|ごめんなさい|恐れ入りますが|残念ながら|恐縮ですが)",
    refusing:
      "[^。！？\\n]{0,40}?(?:お応え|応じ|対応|お手伝い|お答え|提供|協力|書き換え|実行|ご要望|リクエスト|ご依頼)[^。！？\\n]{0,20}?(?:できません|出来ません|いたしかねます|しかねます|かねます|できかねます)",
    before: "(?:その|この|ご)[^。！？\\n]{0,20}?",
  },
  {
    language: "Korean",
    opening:
      "(?:정말 |대단히 )?(?:죄송합니다만?|죄송하지만|미안합니다만?|미안하지만|유감스럽게도|안타깝지만|아쉽지만)",
    refusing:
      "[^.!?\\n]{0,40}?(?:도와|도움|응답|요청|수행|제공|답변|처리|다시 작성|수정)[^.!?\\n]{0,20}?(?:수 없|수는 없|못합니다|불가능|어렵습니다|드릴 수)",
    before: "(?:그|이|해당) (?:요청|내용)[^.!?\\n]{0,20}?",
  },
  {
    language: "Thai",
    opening: "ขอโทษ(?:ด้วย)?(?:ครับ|ค่ะ)?|ขออภัย(?:ด้วย)?(?:ครับ|ค่ะ)?|เสียใจด้วย",
    refusing: "[^\\n]{0,30}?(?:ไม่สามารถ|ไม่อาจ|ปฏิเสธ)[^\\n]{0,20}?(?:ช่วย|ทำตาม|ตอบ|ดำเนินการ|เขียน|แก้ไข|คำขอ)",
  },
  {
    language: "Greek",
    opening: "(?:λυπάμαι|συγγνώμη|με συγχωρείτε|δυστυχώς)",
    refusing: `δεν (?:μπορώ|είμαι σε θέση)${GAP}(?:βοηθήσω|ικανοποιήσω|απαντήσω|ξαναγράψω|αίτημα)`,
    before: "(?:αλλά )?",
  },
];

/** English, whose refusals are the best known: each may stand without an apology. */
const ENGLISH = new RegExp(
  [
    String.raw`^(?:(?:(?:i['’]?m|i am) )?(?:very |really |truly |so |deeply |terribly )?sorry\b[^.,!:]{0,40}[.,!:—–-]?\s*|(?:i apologi[sz]e|my apologies|apologies|unfortunately|regrettably|as an? (?:ai|(?:large )?language model|assistant))\b[^.,!:]{0,60}[.,!:]?\s*){0,2}(?:but,? |however,? )?`,
    String.raw`(?:as an? (?:ai|(?:large )?language model|assistant)\b[^.!?\n]{0,40}?[, ]\s*)?`,
    String.raw`(?:that request\b|this (?:content|request|text) (?:violates|goes against|is against)\b|(?:it|this|that|doing so|doing that) (?:goes|would go|is|would be) against (?:my|our|the|openai)\b[^.!?\n]{0,20}?\b(?:guideline|polic|programming|principle|value|rule)|`,
    String.raw`it (?:is|would be|isn['’]t|is not|wouldn['’]t be|would not be) (?:not )?(?:appropriate|ethical|possible|inappropriate|unethical) for me to\b|`,
    String.raw`i(?:['’]d| would) (?:rather|prefer) not (?:to )?(?:rewrite|assist|help|do (?:that|this)|continue)\b|i (?:must|have to|need to|will have to) (?:respectfully |politely )?(?:decline|refuse)\b|i (?:decline|refuse) to\b|`,
    String.raw`(?:i (?:can(?:no|['’])t|can not|cannot|won['’]t|will not|(?:am )?(?:afraid|sorry) i can(?:no|['’])t)|(?:i['’]m|i am) (?:unable|not able|not comfortable|not willing|not going|not allowed|not permitted|not programmed|programmed not|afraid i can(?:no|['’])t)|i (?:do not|don['’]t) feel (?:right|comfortable)|i (?:do not|don['’]t) have the ability)\b[^.!?\n]{0,60}?\b(?:`,
    [
      String.raw`assist\b|fulfil|comply\b|help(?=$|[.!,]| (?:you|with|that|on)\b)|do (?:that|this|so)(?=$|[.!,])|continue with (?:this|that)\b|engage in\b`,
      String.raw`(?:rewrit|reword|rephras|adjust|revis|alter|edit|modify|modif)(?:e|ing|y|ying|)\b|process (?:this|that|your)|answer (?:this|that)\b`,
      String.raw`(?:creat|generat|produc|provid|writ|mak)(?:e|ing) (?:(?:that|this|it|such)(?=$|[.!,])|[^.!?\n]{0,40}?\b(?:content|material|instructions|information|advice|response|answer|text|request)\b)`,
    ].join("|"),
    "))",
  ].join(""),
  "i",
);

/** Only short answers are taken for refusals. */
const LONGEST = 400;

const OTHERS: readonly RegExp[] = REFUSALS.map(({ opening, refusing, before = "" }) => {
  const opened = `(?:${opening})[^\\p{L}\\n]{0,4}(?:\\p{L}[^.!?。！？।\\n]{0,60}?[^\\p{L}]?|[^.!?。！？।\\n]{0,60}[.!。！]\\s*)?`;
  return new RegExp(`^[\\s"“*]*(?:${opened}(?:${before})?|(?:${before || "(?!)"}))(?:${refusing})`, "iu");
});

/** Whether a text is a refusal to do what was asked, in any of the languages that are known. */
export function isRefusal(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST) return false;
  const composed = trimmed.normalize("NFC");
  return ENGLISH.test(trimmed) || OTHERS.some((pattern) => pattern.test(composed));
}
