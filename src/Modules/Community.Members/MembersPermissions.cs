using Community.Kernel;

namespace Community.Members;

/// <summary>What staff may do with members. On the operator's console, the members are the operators.</summary>
public static class MembersPermissions
{
    /// <summary>Find members and open one; each view is recorded. Addresses are masked without <see cref="Email"/>.</summary>
    public const string Search = "members.search";
    /// <summary>See e-mail addresses, and search by them.</summary>
    public const string Email = "members.email";
    /// <summary>
    /// See, search and mail by members' values of attributes that are for the eyes of few (<see cref="Visibility.Personal"/>).
    /// </summary>
    public const string Personal = "members.personal";
    /// <summary>Define, change, order and retire the attributes of members.</summary>
    public const string Attributes = "members.attributes";
    /// <summary>Change name, address, text, groups and consent of a member; register one.</summary>
    public const string Edit = "members.edit";
    /// <summary>Suspend a member and lift the suspension; end a member's sessions. For staff, <see cref="Roles"/> is needed too.</summary>
    public const string Suspend = "members.suspend";
    /// <summary>Give and take staff roles.</summary>
    public const string Roles = "members.roles";
    /// <summary>See groups and other members' profiles; every member may.</summary>
    public const string Meet = "members.meet";
    /// <summary>Create, edit and delete groups, add and remove members.</summary>
    public const string Groups = "groups.manage";
    /// <summary>Give members tags, and edit the site's list of tags. Whoever finds members sees their tags.</summary>
    public const string Tags = "members.tags";
    /// <summary>Read and write staff's notes on members.</summary>
    public const string Notes = "members.notes";
    /// <summary>Save searches as segments; edit, freeze and delete segments.</summary>
    public const string Segments = "members.segments";
    /// <summary>Do something to all members that a search found, with the permission for the act itself; stop and undo it.</summary>
    public const string Bulk = "members.bulk";
    /// <summary>Import members from a file, and undo an import.</summary>
    public const string Import = "members.import";
    /// <summary>Export the members that a search found as a file; what they may not see is left out.</summary>
    public const string Export = "members.export";
    /// <summary>Make two members one, and undo it.</summary>
    public const string Merge = "members.merge";
    /// <summary>Decide on requests to join a group.</summary>
    public const string Admit = "groups.admit";
    /// <summary>See failed work with the reason, and retry or discard it.</summary>
    public const string FailedWork = "work.failed";
    /// <summary>Answer requests about somebody's data: give out, erase.</summary>
    public const string Rights = "rights.answer";
    /// <summary>Make, rename, order and end the kinds of mail that members can agree to.</summary>
    public const string MailKinds = "members.mail-kinds";
    /// <summary>Write the terms of use and the privacy policy.</summary>
    public const string Terms = "terms.write";
    /// <summary>Read the audit log.</summary>
    public const string Audit = "audit.read";

    public static IEnumerable<Permission> All =>
    [
        new(Search, Kernel.Roles.Moderator, Kernel.Roles.Mailer, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Email, Kernel.Roles.Mailer, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Personal, Kernel.Roles.Administrator),
        new(Attributes, Kernel.Roles.Administrator),
        new(Edit, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Suspend, Kernel.Roles.Moderator, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Roles, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Meet, Kernel.Roles.Member),
        new(Groups, Kernel.Roles.Administrator),
        new(Tags, Kernel.Roles.Moderator, Kernel.Roles.Mailer, Kernel.Roles.Administrator),
        new(Notes, Kernel.Roles.Moderator, Kernel.Roles.Administrator),
        new(Segments, Kernel.Roles.Mailer, Kernel.Roles.Administrator),
        new(Bulk, Kernel.Roles.Mailer, Kernel.Roles.Administrator),
        new(Import, Kernel.Roles.Administrator),
        new(Export, Kernel.Roles.Administrator),
        new(Merge, Kernel.Roles.Administrator),
        new(Admit, Kernel.Roles.Moderator, Kernel.Roles.Administrator),
        new(FailedWork, Kernel.Roles.Administrator, Kernel.Roles.Operator),
        new(Rights, Kernel.Roles.Administrator),
        new(MailKinds, Kernel.Roles.Administrator),
        new(Terms, Kernel.Roles.Administrator),
        new(Audit, Kernel.Roles.Administrator, Kernel.Roles.Operator),
    ];
}
