using System.Text.RegularExpressions;

namespace Community.Notifications;

/// <summary>How certain it is that a line says whose mail follows.</summary>
enum Certainty
{
    /// <summary>It says who wrote.</summary>
    Some,
    /// <summary>Besides an address, a day or a time.</summary>
    Good,
    /// <summary>An address, a day and a time.</summary>
    Full,
}

/// <summary>
/// By which lines mail programs show where an answer ends, in the languages in which they are used most. All expressions take time
/// proportional to the text.
/// </summary>
static partial class AnswerSigns
{
    const int MaxAttribution = 500, MaxName = 120;

    /// <summary>"On … wrote:", in its forms; null if it is none.</summary>
    public static Certainty? Attribution(string line)
    {
        if (line.Length > MaxAttribution) return null;
        var words = line.Trim();
        var (ends, address, says) = (words is [.., ':' or '：'], Address().IsMatch(words), Wrote().IsMatch(words));
        var (dated, timed) = (Dated().IsMatch(words), Timed().IsMatch(words));
        if (dated && timed && address && ends) return Certainty.Full;
        if (dated && address && (ends || words is [.., '>'])) return Certainty.Good;
        if (says && (dated || timed || address) && (ends || WroteLast().IsMatch(words))) return Certainty.Good;
        return says && ends && words.Length <= MaxName ? Certainty.Some : null;
    }

    public static bool Attributes(string line) => Attribution(line) is not null;

    /// <summary>Whether an attribution may begin in this line and go on in the next.</summary>
    public static bool MayGoOn(string line) => line is not [.., '.' or '。' or '!' or '！' or '?' or '？'] && Beginning().IsMatch(line);

    /// <summary>A line of its own above a mail that is passed on: "-----Original Message-----".</summary>
    public static bool BeginsConversation(string line) => Original().IsMatch(line);

    /// <summary>
    /// The header of a mail as Outlook writes it: with a sender's address, or a subject and a time. "From: Tokyo, To: Osaka" is a journey.
    /// </summary>
    public static bool IsHeader(string line, IEnumerable<string> below)
    {
        if (!Sender().IsMatch(line)) return false;
        var fields = below.TakeWhile(l => string.IsNullOrWhiteSpace(l) || Field().IsMatch(l)).Where(l => l.Length > 0).ToList();
        // Some programs make one line of it.
        if (fields.Count + InOneLine().Count(line) < 2) return false;
        var all = string.Join('\n', fields.Prepend(line));
        return all.Contains('@') || (Subject().IsMatch(all) && Timed().IsMatch(all));
    }

    /// <summary>A line that the program or the telephone has put below the words.</summary>
    public static bool IsNoise(string line) => Device().IsMatch(line.Trim()) || Rule().IsMatch(line);

    /// <summary>A row of signs around a signature.</summary>
    public static bool IsFrame(string line) => Frame().IsMatch(line);

    public static bool IsContact(string line) => Contact().IsMatch(line);

    const string Verbs =
        @"\b(wrote|writes|schrieb|écrit|escribió|scritto|escreveu|schreef|skrev|kirjoitti|napisał|napsal|yazdı|viết|написала?|пишет|írta)\b"
        + "|写道|寫道|撰写|작성|님이 씀|書きました|かきました|曰く|いわく|からのメッセージ";

    [GeneratedRegex(Verbs + "|のメール|のメッセージ|の記事において", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Wrote();

    [GeneratedRegex("(" + Verbs + "|のメール|のメッセージ)[。.]?$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex WroteLast();

    [GeneratedRegex(@"[<(\[]\s*(mailto:)?[^<>()\[\]\s@]+@[^<>()\[\]\s@]+\s*[>)\]]", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex(@"\b(19|20)[0-9]{2}(\b|年|년)|\b[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Dated();

    [GeneratedRegex(@"[0-9]{1,2}\s?[:：.時h시点點]\s?[0-9]{2}", RegexOptions.NonBacktracking)]
    private static partial Regex Timed();

    // A word for "on", a day, or a name whose address is broken.
    [GeneratedRegex(
        @"^\s*(>+\s)?((On|Am|Le|El|Il|Em|Op|Den|Dne|W dniu|In|At|Vào)\s|\w{1,9}\.?,?\s?[0-9]|[0-9]{2,4}[-/.年년]|.{1,200}(<[^>]*$|@))",
        RegexOptions.NonBacktracking)]
    private static partial Regex Beginning();

    [GeneratedRegex(
        @"^\s*[-‐–—―─_=*]{2,}\s*(original (message|appointment|email)|forwarded message|begin forwarded message|reply message"
            + "|(返信)?元の?(メッセージ|メール)|オリジナル(の)?(メッセージ|メール)|転送(された)?(メッセージ|メール)"
            + "|ursprüngliche (nachricht|e-mail)|weitergeleitete nachricht|message (d'origine|original|transféré)"
            + "|mensaje (original|reenviado)"
            + "|messaggio (originale|inoltrato)|mensagem (original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht"
            + "|原始(邮件|郵件)|原邮件|转发(的)?邮件|轉寄郵件|원본 (메시지|메일|이메일)|전달된 메시지|исходное сообщение|пересланное сообщение)"
            + @"\s*[-‐–—―─_=*]{2,}\s*$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Original();

    [GeneratedRegex(
        @"^\s*\*{0,2}(From|差出人|送信者|送信元|Von|De|Da|Van|Från|Fra|Od|От|Отправитель|Lähettäjä|Kimden|发件人|寄件者|寄件人|보낸\s?사람)"
            + @"\*{0,2}\s*[:：]",
        RegexOptions.NonBacktracking)]
    private static partial Regex Sender();

    const string Fields =
        "(Sent|Date|To|Cc|Bcc|Reply-To|Subject|送信日時|送信済み|日時|日付|宛先|受信者|件名|返信先|Gesendet|Datum|An|Betreff|Envoyé|À|Objet"
        + "|Enviado( el)?|Enviada( em)?|Fecha|Data|Para|Asunto|Assunto|Inviato|Oggetto|A|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne"
        + "|Sendt|Til|Emne|Wysłano|Do|Temat|Отправлено|Дата|Кому|Тема|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件日期|傳送時間|收件者|副本|主旨"
        + @"|보낸\s?날짜|날짜|받는\s?사람|참조|제목)\*{0,2}\s*[:：]";

    [GeneratedRegex(@"^\s*\*{0,2}" + Fields, RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Field();

    [GeneratedRegex(@"\s\*{0,2}" + Fields, RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex InOneLine();

    [GeneratedRegex(
        @"(^|\s)\*{0,2}(Subject|件名|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Temat|Тема|主题|主旨|제목)\*{0,2}\s*[:：]",
        RegexOptions.NonBacktracking)]
    private static partial Regex Subject();

    [GeneratedRegex(
        "^(("
            + "Sent (from|via|with|using) (my|the|a|Yahoo|Outlook|Mail|Samsung|Proton|Gmail|Mobile|BlueMail|Windows|iCloud|\\[)"
            + "|Von meine[mr] |Gesendet (von|mit) |Envoyé (de|à partir|avec) |Envoyé depuis |Enviado desde |Enviado (do|de|a partir) "
            + "|Inviato da|Verstuurd vanaf |Verzonden (vanaf|met) |Skickat från |Sendt fra |Wysłane z |Отправлено (с|из) "
            + "|发自|從我的|从我的|나의 |내 )[^!?。！？]{0,80}"
            + "|.{0,20}(iPhone|iPad|iPod|Android|Galaxy|Xperia|AQUOS|スマートフォン|スマホ|携帯(電話)?|タブレット|端末"
            + "|Outlook|メール|Mail|docomo|ドコモ)[^。！？]{0,20}から(の)?(送信|返信)(されました|しました|しています|です)?。?"
            + "|(Get|Obtenir|Télécharger|Obtener|Scarica|Baixar|Holen Sie sich|获取|下载) ?(\\[?Outlook|\\[?BlueMail|l'app|TypeApp).*"
            + "|\\[?Outlook for (iOS|Android)\\]?[^\\w]*(<.*|\\(.*)?|\\[?.{0,20}(Outlook|BlueMail).{0,80}を(入手|ダウンロード).*"
            + "|.{0,20}iPhone에서 보냄.*|.*(avast\\.com|アバスト).*"
            + ")$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Device();

    [GeneratedRegex("^[_-]{10,}$", RegexOptions.NonBacktracking)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^\s*[-=_*~+#・･…‥.:;─━―═＝＿＊～＋☆★◇◆○●□■◎▽▼△▲│|／/ 　]{5,}$", RegexOptions.NonBacktracking)]
    private static partial Regex Frame();

    [GeneratedRegex(
        "@|https?://|〒|(tel|fax|phone|mobile|電話|携帯)\\b|0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Contact();
}
