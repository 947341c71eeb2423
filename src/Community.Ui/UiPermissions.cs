using Community.Kernel;

namespace Community.Ui;

public static class UiPermissions
{
    /// <summary>Access to the staff pages. A staff menu entry that names no permission requires this one.</summary>
    public const string Staff = "staff.home";

    public static IEnumerable<Permission> All =>
        [new(Staff, Roles.Moderator, Roles.Mailer, Roles.Webmaster, Roles.Administrator, Roles.Operator)];
}
