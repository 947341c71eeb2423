using System.Text;
using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Contract;

public sealed class WireTests
{
    static readonly Guid mailing = Guid.CreateVersion7();
    static readonly OfferCounts counts = new(3, 1, 1, 0, 0, 0, 1, 0, 0);
    static readonly DateTime at = new(2026, 11, 27, 8, 0, 0, 123, DateTimeKind.Utc);

    static IEnumerable<EngineMessage> One() =>
        [
            .. Make.Offer(mailing),
            Make.Control(mailing, 7, go: true, paused: true),
            new Ask { Site = "acme", MailingId = mailing, Rev = 2, MissingBatches = [3, 5] },
            new Close { Site = "acme", MailingId = mailing, Rev = 2 },
            Make.Delta(4, 1, kind: "news"),
            Make.Delta(5, 1, isOut: false),
            Make.Beat(4),
            new SiteGone { Site = "acme", At = at },
            new Undeliverable { Site = "", Queue = "mail.outcome", LetterId = mailing, MailingId = mailing, Reason = "there is no site x" },
            new Accepted { Site = "acme", MailingId = mailing, Rev = 1, FactNo = 1, Life = 1, Eta = at },
            new OfferProgress
            {
                Site = "acme", MailingId = mailing, Rev = 1, FactNo = 2, Life = 1, State = OfferState.Running, ControlSeq = 3,
                Counts = counts, StartedAt = at, DeltaSeq = 9,
            },
            new Ended
            {
                Site = "acme",
                MailingId = mailing,
                Rev = 1,
                FactNo = 3,
                Life = 1,
                Reason = EndReason.Withdrawn,
                ControlSeq = 3,
                LastBatch = 2,
                Counts = counts,
            },
            new OutcomeBatch
            {
                Site = "acme",
                MailingId = mailing,
                Rev = 1,
                FactNo = 4,
                Life = 1,
                BatchNo = 1,
                Items =
                [
                    new(1, 1, BulkOutcome.Rejected, at, 550, "5.1.1", "宛先 <b>"),
                    new(2, 2, BulkOutcome.Accepted, at, null, null, null),
                ],
            },
        ];

    [Fact]
    public void Every_schema_comes_back_as_it_was_written()
    {
        Assert.Equal(Wire.Schemas.Order(), One().Select(m => m.Schema).Distinct().Order());
        foreach (var message in One())
        {
            var bytes = Wire.Write(message);
            var read = Wire.Read(bytes);
            Assert.Equal(message.GetType(), read.GetType());
            Assert.Equal((message.MsgId, message.Hash), (read.MsgId, read.Hash));
            Assert.Equal(bytes, Wire.Write(read));
        }
    }

    [Fact]
    public void The_same_contents_have_the_same_hash_whoever_publishes_them_and_others_have_another()
    {
        var control = Make.Control(mailing, 7);
        Assert.Equal(control.Hash, (control with { MsgId = Guid.CreateVersion7() }).Hash);
        Assert.NotEqual(control.Hash, (control with { Seq = 8 }).Hash);
        Assert.NotEqual(control.Hash, (control with { Site = "other" }).Hash);
    }

    [Theory]
    [InlineData("\"schema\":\"mailing.control\"", "\"schema\":\"mailing.control2\"", "unknown schema")]
    [InlineData("\"v\":1", "\"v\":2", "unknown version")]
    [InlineData("\"seq\":7", "\"seq\":8", "not what its hash says")]
    [InlineData("\"seq\":7", "\"seq\":-1", "seq is out of bounds")]
    [InlineData("\"seq\":7", "\"seq\":\"7\"", "not a message")]
    [InlineData("\"seq\":7", "\"seq\":7,\"new_field\":1", "not a message")]
    [InlineData("\"seq\":7,", "", "not a message")]
    [InlineData("\"seq\":7", "\"seq\":7,\"seq\":7", "not a message")]
    [InlineData("\"body\":", "\"more\":1,\"body\":", "unknown field beside the body")]
    [InlineData("\"site\":\"acme\"", "\"site\":null", "not a message")]
    [InlineData("{", "", "not a message")]
    public void What_is_not_of_this_contract_is_refused_with_its_reason(string from, string to, string why)
    {
        var text = Encoding.UTF8.GetString(Wire.Write(Make.Control(mailing, 7)));
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var changed = text[..at] + to + text[(at + from.Length)..];
        Assert.Contains(why, Assert.Throws<BadMessageException>(() => Wire.Read(Encoding.UTF8.GetBytes(changed))).Message);
    }

    /// <summary>Without this, a reader or a delivery server would break at it, again and again.</summary>
    [Theory]
    [InlineData("mailing.reserve", "\"subject\":[\"Hello \"", "\"subject\":[null", "contents.subject")]
    [InlineData("mailing.reserve", "\"List-Id\":[\"\\u003Cnews.acme.example\\u003E\"]", "\"List-Id\":null", "contents.headers")]
    [InlineData("mailing.reserve", "\"contents\":[", "\"contents\":[null,", "contents")]
    [InlineData("mailing.chunk", "\"recipients\":[", "\"recipients\":[null,", "recipients")]
    [InlineData("mailing.chunk", "\"name\":\"\\u003C1\\u003E \\u0026 co\"", "\"name\":null", "recipients.values")]
    public void Nothing_stands_where_something_is_wanted(string schema, string from, string to, string why)
    {
        EngineMessage message = schema == "mailing.chunk" ? Make.Chunk(mailing, 1, 0, Make.Recipient(1)) : Make.Reserve(mailing);
        var text = Encoding.UTF8.GetString(Wire.Write(message));
        Assert.Contains(from, text);
        var changed = Encoding.UTF8.GetBytes(text.Replace(from, to));
        Assert.Equal($"{schema}: {why} is out of bounds", Assert.Throws<BadMessageException>(() => Wire.Read(changed)).Message);
    }

    [Fact]
    public void What_comes_from_outside_does_not_stand_in_the_reason()
    {
        var text = Encoding.UTF8.GetBytes("{\"schema\":\"anna@example.org\\n\",\"v\":1,\"hash\":\"\",\"body\":{}}");
        Assert.DoesNotContain("@", Assert.Throws<BadMessageException>(() => Wire.Read(text)).Message);
    }

    [Fact]
    public void Sizes_are_bounded_on_both_sides()
    {
        var one = Make.Recipient(1);
        Assert.Throws<BadMessageException>(() =>
            Wire.Write(Make.Chunk(mailing, 1, 0, Enumerable.Range(1, 501).Select(i => Make.Recipient(i))))
        );
        Assert.Throws<BadMessageException>(() =>
            Wire.Write(
                Make.Chunk(mailing, 1, 0, one with { Values = new Dictionary<string, string> { ["name"] = new('x', Wire.MaxBytes) } })
            )
        );
        Assert.Throws<BadMessageException>(() => Wire.Read(new byte[Wire.MaxReserveBytes + 1]));
        Assert.Throws<BadMessageException>(() => Wire.Read(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 100_000)))));
        Assert.True(Wire.Write(Make.Chunk(mailing, 1, 0, Enumerable.Range(1, 500).Select(i => Make.Recipient(i)))).Length < 256 * 1024);
    }

    [Fact]
    public void A_template_has_words_around_each_field()
    {
        var reserve = Make.Reserve(mailing);
        var broken = reserve with { Contents = [reserve.Contents[0] with { Subject = ["Hello ", "name"] }] };
        Assert.Contains("contents.subject", Assert.Throws<BadMessageException>(() => Wire.Write(broken)).Message);
    }
}
