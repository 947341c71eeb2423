using System.Globalization;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>A heading under which lists show some boards. Staff make, name, order and delete them; boards without one come first.</summary>
public sealed class BoardCategory
{
    public const int MaxNameLength = 60;

    public long Id { get; set; }
    /// <summary>The name in the site's language, and perhaps in others.</summary>
    public Translations Names { get; set; } = Translations.None;
    public int Position { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Changes with each save; see <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    /// <summary>The name in the reader's language.</summary>
    public string Name => NameOf(Names);

    /// <inheritdoc cref="Name"/>
    public static string NameOf(Translations names) => names.For(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName).Text;
}
