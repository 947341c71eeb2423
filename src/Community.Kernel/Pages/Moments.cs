using System.Globalization;

namespace Community.Kernel;

/// <summary>How times are written, by the language of the reader.</summary>
public static class Moments
{
    static bool Japanese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja";
    public static string Date => Japanese ? "yyyy年M月d日" : "MMM d, yyyy";
    public static string DateThisYear => Japanese ? "M月d日" : "MMM d";
    public static string DateAndTimeThisYear => Japanese ? "M月d日 HH:mm" : "MMM d, HH:mm";
    public static string DateAndTime => Japanese ? "yyyy年M月d日 HH:mm" : "MMM d, yyyy, HH:mm";
    /// <summary>A time that somebody chose: nobody chooses seconds.</summary>
    public static string FullToTheMinute => Japanese ? "yyyy年M月d日(ddd) HH:mm" : "dddd, MMMM d, yyyy, HH:mm";
    public static string Full => Japanese ? "yyyy年M月d日(ddd) HH:mm:ss" : "dddd, MMMM d, yyyy, HH:mm:ss";
}
