namespace Community.Mail.Smtp;

/// <summary>A recipient the server refused, and its words.</summary>
public sealed record RefusedRecipient(string Address, int Code, string? Enhanced, string Text);
