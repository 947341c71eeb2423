using Community.Kernel;

namespace Community.Members;

/// <summary>An address was registered for the first time. Nobody has proved ownership of it yet.</summary>
public sealed record MemberRegistered(long MemberId) : SiteEvent;

/// <summary>A member joined: somebody proved ownership of the registered address, or staff confirmed it.</summary>
public sealed record MemberConfirmed(long MemberId) : SiteEvent;

/// <summary>Name, profile, picture or language of a member changed.</summary>
public sealed record MemberChanged(long MemberId) : SiteEvent;

/// <summary>A member's e-mail address changed.</summary>
public sealed record MemberAddressChanged(long MemberId) : SiteEvent;

/// <summary>A member has a new password.</summary>
public sealed record MemberPasswordChanged(long MemberId) : SiteEvent;

/// <summary>A way to sign in was added, removed or renewed, or a recovery code was used.</summary>
public sealed record MemberAccessChanged(long MemberId, AccessChange Change) : SiteEvent;

/// <summary>A member got another role, or none.</summary>
public sealed record MemberRoleChanged(long MemberId) : SiteEvent;

/// <summary>A role of the site was made, changed or deleted.</summary>
public sealed record RolesChanged : SiteEvent;

/// <summary>A member may not sign in until further notice.</summary>
public sealed record MemberSuspended(long MemberId) : SiteEvent;

/// <summary>A suspended member may sign in again.</summary>
public sealed record MemberReinstated(long MemberId) : SiteEvent;

/// <summary>Staff warned a member, who has to read it before writing on.</summary>
public sealed record MemberWarned(long MemberId) : SiteEvent;

/// <summary>A member said that they have read the warnings.</summary>
public sealed record WarningRead(long MemberId) : SiteEvent;

/// <summary>Staff silenced a member: they read, and write nothing.</summary>
public sealed record MemberSilenced(long MemberId, DateTime? Until) : SiteEvent;

/// <summary>Staff ended a silence before its time. Of one that ends by itself nothing is told.</summary>
public sealed record MemberSilenceEnded(long MemberId) : SiteEvent;

/// <summary>A member's row was deleted: nobody confirmed the address in time, or another member proved ownership of it.</summary>
public sealed record MemberDeleted(long MemberId) : SiteEvent;

/// <summary>A member was erased: what others need is kept, without a reference to a person.</summary>
/// <param name="MemberId">The member.</param>
/// <param name="EndsMembership">Whether they were a member until then: not one who had left before, or never confirmed the address.</param>
public sealed record MemberErased(long MemberId, bool EndsMembership = false) : SiteEvent;

/// <summary>A member left. Until the period of grace is over they may come back.</summary>
/// <param name="MemberId">The member.</param>
/// <param name="EndsMembership">False for one who had left before, or never confirmed the address.</param>
public sealed record MemberLeaving(long MemberId, bool EndsMembership = true) : SiteEvent;

/// <summary>A member who had left came back.</summary>
public sealed record MemberReturned(long MemberId) : SiteEvent;

/// <summary>Consent to a kind of mail was given or withdrawn.</summary>
/// <param name="MemberId">The member.</param>
/// <param name="KindId">The kind of mail; null for all direct mail.</param>
/// <param name="Granted">False if it was withdrawn.</param>
public sealed record ConsentChanged(long MemberId, long? KindId, bool Granted) : SiteEvent;

/// <summary>A kind of mail was made, renamed, moved, ended or taken up again.</summary>
public sealed record MailKindChanged(long KindId) : SiteEvent;

/// <summary>A version of the terms of use or the privacy policy was published. It may come into force later.</summary>
public sealed record TermsPublished(long VersionId) : SiteEvent;

/// <summary>A member answered to a version.</summary>
/// <param name="MemberId">The member.</param>
/// <param name="VersionId">The version.</param>
/// <param name="Agreed">False if it was refused, or only read.</param>
public sealed record TermsAnswered(long MemberId, long VersionId, bool Agreed) : SiteEvent;

/// <summary>A group was created.</summary>
public sealed record GroupCreated(long GroupId) : SiteEvent;

/// <summary>A group's name, description or way of joining changed.</summary>
public sealed record GroupChanged(long GroupId) : SiteEvent;

/// <summary>A group was deleted. Whatever was restricted to it is now open to nobody.</summary>
public sealed record GroupDeleted(long GroupId) : SiteEvent;

/// <summary>A member asks to join a group.</summary>
public sealed record GroupRequested(long GroupId, long MemberId) : SiteEvent;

/// <summary>A request to join a group was withdrawn.</summary>
public sealed record GroupRequestWithdrawn(long GroupId, long MemberId) : SiteEvent;

/// <summary>Staff decided on a request. If the member was admitted, <see cref="GroupJoined"/> follows.</summary>
public sealed record GroupRequestDecided(long GroupId, long MemberId, bool Admitted) : SiteEvent;

/// <summary>A member joined a group or was added to it.</summary>
public sealed record GroupJoined(long GroupId, long MemberId) : SiteEvent;

/// <summary>A member left a group or was removed from it.</summary>
public sealed record GroupLeft(long GroupId, long MemberId) : SiteEvent;

/// <summary>Staff defined an attribute.</summary>
public sealed record AttributeCreated(long AttributeId) : SiteEvent;

/// <summary>An attribute's definition or place changed.</summary>
public sealed record AttributeChanged(long AttributeId) : SiteEvent;

/// <summary>An attribute is neither asked nor shown any more; its values stay.</summary>
public sealed record AttributeRetired(long AttributeId) : SiteEvent;

/// <summary>A retired attribute is in use again.</summary>
public sealed record AttributeRestored(long AttributeId) : SiteEvent;

/// <summary>All values of an attribute are rewritten for its new type.</summary>
public sealed record AttributeRetyped(long AttributeId) : SiteEvent;

/// <summary>Two members were made one: what was of the second is of the first.</summary>
public sealed record MembersMerged(long MemberId, long GoneId) : SiteEvent;

/// <summary>A merge was undone: both members are there again.</summary>
public sealed record MergeUndone(long MemberId, long GoneId) : SiteEvent;
