using Community.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Tests.Boards;

/// <summary>A site that began with an archive, of which nobody is a member.</summary>
public sealed class ArchiveIndexTests(TestHost host)
{
    /// <summary>
    /// SQLite knows of an index how many rows a value has on average. With a million of nobody among them that is all of them, and it
    /// reads the table to find the few of a member.
    /// </summary>
    [Fact]
    public async Task Indexes_of_posts_and_topics_by_member_leave_out_those_of_nobody()
    {
        var site = await host.NewSite();
        var indexes = await site.Db(db => Task.FromResult((
            from type in new[] { typeof(Post), typeof(Topic) }
            from index in db.GetService<IDesignTimeModel>().Model.FindEntityType(type)!.GetIndexes()
            where index.Properties[0].IsNullable
            select (Name: index.GetDatabaseName(), Column: index.Properties[0].GetColumnName(), Filter: index.GetFilter())).ToList()));
        Assert.NotEmpty(indexes);
        Assert.All(indexes, i => Assert.Equal($"{i.Column} IS NOT NULL", i.Filter));
    }
}
