using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Community.Mailing;

/// <summary>By what the winner of several variants is chosen.</summary>
public enum WinnerRule
{
    /// <summary>A person chooses.</summary>
    Hand,
    /// <summary>The one in which most recipients clicked, of those to whom it was sent.</summary>
    Clicks,
    /// <summary>The one that most recipients opened. Machines open mails too and are left out, as far as they are known.</summary>
    Opens,
}

/// <summary>
/// Which variant each recipient of a mailing gets, decided when the recipients are written down and kept in their rows: in batches of any
/// size, after any crash, the same recipients get the same variants, and of each variant there are equally many, but for one.
/// </summary>
public static class Sample
{
    /// <summary>The rows of those who wait for the winner are due then.</summary>
    public static readonly DateTime Held = new(9000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <param name="mailing">With its salt.</param>
    /// <param name="recipient">Which of its recipients, from 0.</param>
    /// <returns>Null for one who gets the winner.</returns>
    public static byte? VariantOf(Mailing mailing, int recipient)
    {
        var place = Among(mailing, recipient);
        return place == Among(mailing, recipient + 1) ? null : VariantAt(mailing.Salt!, place, mailing.Variants);
    }

    /// <summary>How many of the first recipients are in the sample. It is spread evenly over all of them, old members and new.</summary>
    static long Among(Mailing mailing, long recipients) =>
        mailing is { SampleCount: { } count, SampleBase: { } all }
            ? all <= count ? recipients : recipients * count / all
            : recipients * mailing.SamplePercent / 100;

    /// <summary>In each block of as many as there are variants each comes once, in an order of its own.</summary>
    static byte VariantAt(byte[] salt, long place, int variants)
    {
        Span<byte> block = stackalloc byte[8], hash = stackalloc byte[32], order = stackalloc byte[variants];
        BinaryPrimitives.WriteInt64LittleEndian(block, place / variants);
        HMACSHA256.HashData(salt, block, hash);
        for (byte i = 0; i < variants; i++) order[i] = i;
        for (var i = variants - 1; i > 0; i--)
        {
            var other = hash[i] % (i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order[(int)(place % variants)];
    }
}
