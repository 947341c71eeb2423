using Community.Kernel;

namespace Community.Mailing;

public sealed class MailingModule : Module
{
    public override string Name => "Mailing";
}
