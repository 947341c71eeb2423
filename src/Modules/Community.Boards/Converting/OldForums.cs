namespace Community.Boards;

/// <summary>How posts and topics of other forums are called: under these keys their old addresses are looked up.</summary>
static class OldForums
{
    public static string DiscourseTopic(long topic) => $"t{topic}@discourse";
    public static string DiscoursePost(long topic, int number) => $"t{topic}-{number}@discourse";
    public static string PhpBbTopic(long topic) => $"t{topic}@phpbb";
    public static string PhpBbPost(long post) => $"p{post}@phpbb";
}
