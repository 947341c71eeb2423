namespace Community.Kernel;

/// <summary>
/// A condition by which members can be selected: in the staff search, and in the audience of a mailing. A module that refers to Members
/// derives it from Members' <c>MemberCondition&lt;T&gt;</c>.
/// </summary>
/// <param name="key">Stored with its values: <c>boards.posted</c>. Unique among all modules, and must never change.</param>
public abstract class MemberConditionOfModule(string key)
{
    public string Key => key;
}
