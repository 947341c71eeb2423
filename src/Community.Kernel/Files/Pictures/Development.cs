using SkiaSharp;

namespace Community.Kernel;

/// <summary>Decodes a picture to upright pixels of the wanted size. Uses the first frame of an animation.</summary>
static class Development
{
    /// <exception cref="FileRefused">The pixel data is corrupt or truncated.</exception>
    public static SKSurface Upright(SKCodec codec, SKEncodedOrigin origin, SKSizeI box)
    {
        // Orientations five to eight lie on their side (EXIF 2.3, tag 0x0112).
        var lies =
            origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (w, h) = Fit(codec.Info.Size, lies ? new(box.Height, box.Width) : box);
        using var colors = SKColorSpace.CreateSrgb();
        var pixels = Shrunk(Decoded(codec, w, h), w, h);
        try
        {
            var surface =
                SKSurface.Create(
                    new SKImageInfo(lies ? h : w, lies ? w : h, SKColorType.Rgba8888, SKAlphaType.Premul, colors)
                ) ?? throw new InvalidOperationException("There is no memory for a picture.");
            using var image = SKImage.FromBitmap(pixels);
            surface.Canvas.SetMatrix(Turn(origin, w, h));
            surface.Canvas.DrawImage(image, new SKRect(0, 0, w, h), new SKSamplingOptions(SKCubicResampler.Mitchell));
            surface.Flush();
            return surface;
        }
        finally { pixels.Dispose(); }
    }

    /// <summary>The same picture at another width, smaller than its own.</summary>
    public static SKSurface Reduced(SKSurface upright, int width, int height, int to)
    {
        var (w, h) = (to, Math.Max(1, (int)Math.Round((double)height * to / width)));
        using var colors = SKColorSpace.CreateSrgb();
        var surface =
            SKSurface.Create(new SKImageInfo(w, h, SKColorType.Rgba8888, SKAlphaType.Premul, colors))
            ?? throw new InvalidOperationException("There is no memory for a picture.");
        using var image = upright.Snapshot();
        surface.Canvas.DrawImage(image, new SKRect(0, 0, w, h), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        surface.Flush();
        return surface;
    }

    /// <summary>The size that fits the box; never enlarged, never zero.</summary>
    static (int, int) Fit(SKSizeI size, SKSizeI box)
    {
        var scale = Math.Min(1, Math.Min((double)box.Width / size.Width, (double)box.Height / size.Height));
        return (Math.Max(1, (int)Math.Round(size.Width * scale)), Math.Max(1, (int)Math.Round(size.Height * scale)));
    }

    static SKBitmap Decoded(SKCodec codec, int w, int h)
    {
        // JPEG can be decoded at eighths of its size, for a fraction of the time and memory. The dimensions come rounded: take the first
        // that is large enough.
        var size = Enumerable
            .Range(1, 7)
            .Select(n => codec.GetScaledDimensions(n / 8f))
            .FirstOrDefault(s => s.Width >= w && s.Height >= h, codec.Info.Size);
        using var colors = SKColorSpace.CreateSrgb();
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul, colors);
        var pixels = new SKBitmap();
        if (pixels.TryAllocPixels(info) && codec.GetPixels(info, pixels.GetPixels()) is SKCodecResult.Success) return pixels;
        pixels.Dispose();
        throw Picture.Broken();
    }

    /// <summary>
    /// Halves it until it is less than twice too large: each pixel is then the mean of those it replaces, so fine patterns do not alias.
    /// </summary>
    static SKBitmap Shrunk(SKBitmap pixels, int w, int h)
    {
        while (pixels.Width >= 2 * w && pixels.Height >= 2 * h && (pixels.Width > w || pixels.Height > h))
        {
            var half = pixels.Resize(
                new SKSizeI(Math.Max(w, pixels.Width / 2), Math.Max(h, pixels.Height / 2)),
                new SKSamplingOptions(SKFilterMode.Linear)
            );
            pixels.Dispose();
            pixels = half ?? throw Picture.Broken();
        }
        return pixels;
    }

    /// <summary>
    /// The transform from the stored picture to the upright one; <paramref name="w"/> and <paramref name="h"/> are
    /// the dimensions of the stored one.
    /// </summary>
    static SKMatrix Turn(SKEncodedOrigin origin, int w, int h) => origin switch
    {
        SKEncodedOrigin.TopRight => new(-1, 0, w, 0, 1, 0, 0, 0, 1),
        SKEncodedOrigin.BottomRight => new(-1, 0, w, 0, -1, h, 0, 0, 1),
        SKEncodedOrigin.BottomLeft => new(1, 0, 0, 0, -1, h, 0, 0, 1),
        SKEncodedOrigin.LeftTop => new(0, 1, 0, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightTop => new(0, -1, h, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightBottom => new(0, -1, h, -1, 0, w, 0, 0, 1),
        SKEncodedOrigin.LeftBottom => new(0, 1, 0, -1, 0, w, 0, 0, 1),
        _ => SKMatrix.Identity,
    };

    public static bool IsOpaque(SKPixmap pixels)
    {
        var bytes = pixels.GetPixelSpan<byte>();
        for (var alpha = 3; alpha < bytes.Length; alpha += 4)
            if (bytes[alpha] != 255) return false;
        return true;
    }
}
