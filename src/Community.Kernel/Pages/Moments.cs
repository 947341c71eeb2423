using System.Globalization;

namespace Community.Kernel;

/// <summary>Time formats in the reader's language.</summary>
public static class Moments
{
    sealed record Forms(string Date, string DateThisYear, string Time, string FullDate, string Join)
    {
        public string DateAndTimeThisYear { get; } = DateThisYear + Join + Time;
        public string DateAndTime { get; } = Date + Join + Time;
        public string FullToTheMinute { get; } = FullDate + Join + Time;
        public string Full { get; } = FullDate + Join + Time + ":ss";
    }

    static readonly Dictionary<string, Forms> forms = new()
    {
        ["en"] = new("MMM d, yyyy", "MMM d", "HH:mm", "dddd, MMMM d, yyyy", ", "),
        ["ja"] = new("yyyy年M月d日", "M月d日", "HH:mm", "yyyy年M月d日(ddd)", " "),
    };

    static Forms Here => forms.GetValueOrDefault(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, forms[Texts.Languages[0]]);

    public static string Date => Here.Date;
    public static string DateThisYear => Here.DateThisYear;
    public static string DateAndTimeThisYear => Here.DateAndTimeThisYear;
    public static string DateAndTime => Here.DateAndTime;
    /// <summary>For a time that somebody chose, which has no seconds.</summary>
    public static string FullToTheMinute => Here.FullToTheMinute;
    public static string Full => Here.Full;
}
