using System.Security.Cryptography;

namespace Community.Members;

public enum ArchiveState { Waiting, Ready, Failed }

/// <summary>A copy of all data of a member, as a ZIP file that is made by a job and can be downloaded for a time.</summary>
public sealed class Archive
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>Who of the staff asked for it; null for the member.</summary>
    public long? AskedBy { get; set; }
    public DateTime AskedAt { get; set; }
    /// <summary>The language of its pages.</summary>
    public required string Language { get; set; }
    public ArchiveState State { get; set; }
    /// <summary>How many of its parts are written.</summary>
    public int Step { get; set; }
    public int Steps { get; set; }
    /// <summary>When the job last got on. An archive that waits for long is given up.</summary>
    public DateTime MovedAt { get; set; }
    public DateTime? ReadyAt { get; set; }
    /// <summary>When the file is deleted.</summary>
    public DateTime? Until { get; set; }
    public long Bytes { get; set; }
    /// <summary>Files that could not be read; the archive lists them.</summary>
    public int Unreadable { get; set; }
    public DateTime? DownloadedAt { get; set; }
    /// <summary>The random part of the file's name.</summary>
    public string Secret { get; set; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
