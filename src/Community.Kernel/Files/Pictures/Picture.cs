namespace Community.Kernel;

/// <summary>A picture as its own content describes it, with nothing in it but the picture.</summary>
public sealed record Picture(string MediaType, string Extension, int Width, int Height, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>40 megapixels: what a browser can show without trouble (160 MB in its memory). A picture bomb says more.</summary>
    public const long MostPixels = 40_000_000;
    /// <summary>Colour profiles of cameras and screens have some hundred bytes to a few thousand; larger ones are for printing.</summary>
    internal const int LargestProfile = 16 * 1024;

    /// <exception cref="FileRefused">No picture of a kind that is taken, broken, or too many pixels.</exception>
    public static Picture Read(byte[] bytes)
    {
        if (bytes.Length == 0) throw new FileRefused("files.refused.empty");
        try
        {
            return bytes switch
            {
                [0xFF, 0xD8, 0xFF, ..] => Jpeg.Cut(bytes),
                [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Png.Cut(bytes),
                [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => Gif.Cut(bytes),
                [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => WebP.Cut(bytes),
                _ => throw new FileRefused("files.refused.kind"),
            };
        }
        catch (Exception error) when (error is ArgumentException or IndexOutOfRangeException or OverflowException) { throw Broken(); }
    }

    internal static FileRefused Broken() => new("files.refused.broken");

    internal static void CheckSize(long width, long height)
    {
        if (width <= 0 || height <= 0) throw Broken();
        // Each alone first: their product may be more than a long holds.
        if (width > MostPixels || height > MostPixels || width * height > MostPixels) throw new FileRefused("files.refused.pixels", MostPixels / 1_000_000);
    }
}
