namespace Community.Boards;

/// <summary>
/// Finds, sign by sign, where an item of an array of JSON ends. No text of JSON goes over lines: an item with such a text is given up, and
/// all up to the next line that begins an object, so that one missing mark does not cost the file.
/// </summary>
/// <param name="charset">Of a file in octets that has another one than UTF-8: some have signs that look like those of JSON in part.</param>
sealed class JsonItem(string? charset)
{
    enum State { Begins, Object, Other, Lost, LineBegins }

    State state;
    int depth;
    bool isText, escaped, isSecond, isShifted;
    char before;

    public bool Ended { get; private set; }

    /// <summary>What stands between items, and around them.</summary>
    public static bool IsBetween(char sign) => sign is <= ' ' or ',' or '[' or ']' or > '~';

    /// <summary>Takes the next sign: whether it belongs to the item. Null if the item ended before it.</summary>
    public bool? Take(char sign)
    {
        if (charset is not null && IsOfDouble(sign)) return state is not (State.Lost or State.LineBegins);
        switch (state)
        {
            case State.Begins:
                (state, depth) = (sign == '{' ? State.Object : State.Other, 1);
                return true;
            case State.Object:
                if (escaped) escaped = false;
                else if (isText && sign is '\n' or '\r')
                {
                    state = State.LineBegins;
                    return false;
                }
                else if (isText) (isText, escaped) = (sign != '"', sign == '\\');
                else if (sign == '"') isText = true;
                else if (sign is '{' or '[') depth++;
                else if (sign is '}' or ']') Ended = --depth == 0;
                return true;
            case State.Other:
                Ended = sign is ',' or '{' or '\n' or '\r';
                return Ended ? null : true;
            case State.Lost:
                if (sign is '\n' or '\r') state = State.LineBegins;
                return false;
            default:
                Ended = sign == '{';
                if (!IsBetween(sign)) state = State.Lost;
                return Ended ? null : false;
        }
    }

    /// <summary>Whether an octet is one of two of a sign: the second may be any, also a brace.</summary>
    bool IsOfDouble(char octet)
    {
        if (charset is "shift_jis")
        {
            var isOne = isSecond || octet is (>= '\u0081' and <= '\u009F') or (>= '\u00E0' and <= '\u00FC');
            isSecond = isOne && !isSecond;
            return isOne;
        }
        if (charset is not "iso-2022-jp") return false;
        var last = before;
        before = octet;
        if (last == '\u001b') isShifted = octet == '$';
        return isShifted || octet == '\u001b' || last == '\u001b';
    }
}
