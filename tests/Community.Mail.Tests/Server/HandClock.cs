namespace Community.Mail.Tests.Server;

/// <summary>A clock that goes when it is told to; its timers fire then.</summary>
public sealed class HandClock : TimeProvider
{
    private readonly List<Alarm> _alarms = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero).AddTicks(GetTimestamp());

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <summary>The time-outs that wait now.</summary>
    public IReadOnlyList<TimeSpan> Pending
    {
        get { lock (_alarms) return [.. _alarms.Select(a => TimeSpan.FromTicks(a.Due - GetTimestamp()))]; }
    }

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _now, by.Ticks);
        List<Alarm> due;
        lock (_alarms)
        {
            due = _alarms.FindAll(a => a.Due <= _now);
            _alarms.RemoveAll(due.Contains);
        }
        due.ForEach(a => a.Ring());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    private sealed class Alarm(HandClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; }

        public void Ring() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._alarms)
            {
                clock._alarms.Remove(this);
                if (dueTime < TimeSpan.Zero) return true;
                Due = clock.GetTimestamp() + dueTime.Ticks;
                clock._alarms.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._alarms) clock._alarms.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
