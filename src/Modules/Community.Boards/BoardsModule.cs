using Community.Kernel;

namespace Community.Boards;

public sealed class BoardsModule : Module
{
    public override string Name => "Boards";
}
