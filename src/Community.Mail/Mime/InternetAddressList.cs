using System.Collections.ObjectModel;

namespace Community.Mail.Mime;

/// <summary>The mailboxes of one address header; groups are read as their members.</summary>
public sealed class InternetAddressList : Collection<MailboxAddress>
{
    private readonly Action<InternetAddressList> _changed;

    public InternetAddressList() : this(_ => { }) { }

    internal InternetAddressList(Action<InternetAddressList> changed) => _changed = changed;

    public IEnumerable<MailboxAddress> Mailboxes => this;

    /// <exception cref="ArgumentException">See <see cref="MailboxAddress(string?, string)"/>.</exception>
    public void Add(string? name, string address) => Add(new MailboxAddress(name, address));

    public void AddRange(IEnumerable<MailboxAddress> mailboxes)
    {
        foreach (var mailbox in mailboxes) Add(mailbox);
    }

    /// <summary>Reads a list tolerantly; what is no address is left out.</summary>
    public static InternetAddressList Parse(string text)
    {
        var list = new InternetAddressList();
        list.AddRange(AddressParser.Parse(text));
        return list;
    }

    protected override void InsertItem(int index, MailboxAddress item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.InsertItem(index, item);
        _changed(this);
    }

    protected override void SetItem(int index, MailboxAddress item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.SetItem(index, item);
        _changed(this);
    }

    protected override void RemoveItem(int index)
    {
        base.RemoveItem(index);
        _changed(this);
    }

    protected override void ClearItems()
    {
        base.ClearItems();
        _changed(this);
    }

    public override string ToString() => string.Join(", ", this);
}
