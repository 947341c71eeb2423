using System.Collections.Frozen;

namespace Community.Kernel;

/// <summary>Names between colons that become emoji, as in <c>:smile:</c>. Other words between colons stay what they are.</summary>
static class EmojiNames
{
    const int MaxLength = 24;

    static readonly FrozenDictionary<string, string> known = new Dictionary<string, string>
    {
        ["smile"] = "😄", ["grin"] = "😁", ["joy"] = "😂", ["laughing"] = "😆",
        ["rofl"] = "🤣", ["wink"] = "😉", ["blush"] = "😊", ["smiling"] = "🙂",
        ["slightly_smiling_face"] = "🙂", ["heart_eyes"] = "😍", ["kissing_heart"] = "😘", ["yum"] = "😋",
        ["stuck_out_tongue"] = "😛", ["sunglasses"] = "😎", ["thinking"] = "🤔", ["neutral_face"] = "😐",
        ["expressionless"] = "😑", ["unamused"] = "😒", ["relieved"] = "😌", ["pensive"] = "😔",
        ["sleepy"] = "😪", ["sleeping"] = "😴", ["confused"] = "😕", ["worried"] = "😟",
        ["disappointed"] = "😞", ["cry"] = "😢", ["sob"] = "😭", ["angry"] = "😠",
        ["rage"] = "😡", ["scream"] = "😱", ["fearful"] = "😨", ["cold_sweat"] = "😰",
        ["sweat"] = "😓", ["sweat_smile"] = "😅", ["astonished"] = "😲", ["flushed"] = "😳",
        ["dizzy_face"] = "😵", ["mask"] = "😷", ["innocent"] = "😇", ["smirk"] = "😏",
        ["upside_down_face"] = "🙃", ["nerd_face"] = "🤓", ["hugs"] = "🤗", ["facepalm"] = "🤦",
        ["shrug"] = "🤷", ["bow"] = "🙇", ["raising_hand"] = "🙋", ["pray"] = "🙏",
        ["clap"] = "👏", ["wave"] = "👋", ["+1"] = "👍", ["thumbsup"] = "👍",
        ["-1"] = "👎", ["thumbsdown"] = "👎", ["ok_hand"] = "👌", ["v"] = "✌️",
        ["muscle"] = "💪", ["point_up"] = "☝️", ["point_right"] = "👉", ["point_left"] = "👈",
        ["eyes"] = "👀", ["heart"] = "❤️", ["broken_heart"] = "💔", ["sparkling_heart"] = "💖",
        ["star"] = "⭐", ["sparkles"] = "✨", ["fire"] = "🔥", ["boom"] = "💥",
        ["zap"] = "⚡", ["100"] = "💯", ["tada"] = "🎉", ["confetti_ball"] = "🎊",
        ["gift"] = "🎁", ["balloon"] = "🎈", ["birthday"] = "🎂", ["trophy"] = "🏆",
        ["medal"] = "🏅", ["crown"] = "👑", ["bulb"] = "💡", ["warning"] = "⚠️",
        ["no_entry"] = "⛔", ["x"] = "❌", ["white_check_mark"] = "✅", ["heavy_check_mark"] = "✔️",
        ["question"] = "❓", ["exclamation"] = "❗", ["memo"] = "📝", ["pencil"] = "✏️",
        ["book"] = "📖", ["books"] = "📚", ["bookmark"] = "🔖", ["mag"] = "🔍",
        ["link"] = "🔗", ["paperclip"] = "📎", ["pushpin"] = "📌", ["calendar"] = "📅",
        ["clock"] = "🕒", ["hourglass"] = "⏳", ["bell"] = "🔔", ["lock"] = "🔒",
        ["key"] = "🔑", ["hammer"] = "🔨", ["wrench"] = "🔧", ["gear"] = "⚙️",
        ["computer"] = "💻", ["iphone"] = "📱", ["telephone"] = "☎️", ["email"] = "📧",
        ["camera"] = "📷", ["video_camera"] = "📹", ["musical_note"] = "🎵", ["art"] = "🎨",
        ["soccer"] = "⚽", ["baseball"] = "⚾", ["bike"] = "🚲", ["car"] = "🚗",
        ["bus"] = "🚌", ["train"] = "🚆", ["airplane"] = "✈️", ["rocket"] = "🚀",
        ["ship"] = "🚢", ["house"] = "🏠", ["hospital"] = "🏥", ["school"] = "🏫",
        ["tent"] = "⛺", ["onsen"] = "♨️", ["mount_fuji"] = "🗻", ["sunny"] = "☀️",
        ["cloud"] = "☁️", ["umbrella"] = "☔", ["snowflake"] = "❄️", ["snowman"] = "⛄",
        ["rainbow"] = "🌈", ["cherry_blossom"] = "🌸", ["maple_leaf"] = "🍁", ["rose"] = "🌹",
        ["sunflower"] = "🌻", ["seedling"] = "🌱", ["evergreen_tree"] = "🌲", ["dog"] = "🐶",
        ["cat"] = "🐱", ["rabbit"] = "🐰", ["bear"] = "🐻", ["fish"] = "🐟",
        ["bird"] = "🐦", ["apple"] = "🍎", ["strawberry"] = "🍓", ["rice"] = "🍚",
        ["rice_ball"] = "🍙", ["sushi"] = "🍣", ["ramen"] = "🍜", ["bread"] = "🍞",
        ["cake"] = "🍰", ["coffee"] = "☕", ["tea"] = "🍵", ["beer"] = "🍺",
        ["beers"] = "🍻", ["sake"] = "🍶", ["wine_glass"] = "🍷",
    }.ToFrozenDictionary();

    static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> lookup =
        known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The emoji whose name begins with the colon at <paramref name="at"/>, and how long the name is; 0 for none.</summary>
    public static (string Emoji, int Length) At(string text, int at)
    {
        var rest = text.AsSpan(at + 1, Math.Min(text.Length - at - 1, MaxLength));
        var end = rest.IndexOf(':');
        return end > 0 && lookup.TryGetValue(rest[..end], out var emoji) ? (emoji, end + 2) : ("", 0);
    }
}
