using LabRunner.Station.Schedule;

namespace LabRunner.Station.Api;

/// <summary>What the station does by itself.</summary>
/// <param name="File">Name of its file; null: there is none.</param>
/// <param name="TimeZone">Where its hours are meant.</param>
/// <param name="QuietUntil">When the quiet hours that hold now end; null: none hold.</param>
/// <param name="Quiet">Quiet hours.</param>
/// <param name="Entries">Plans that are due again and again.</param>
/// <param name="Due">What is due next over all entries, in order.</param>
public sealed record ScheduleView(
    string? File, string TimeZone, DateTimeOffset? QuietUntil, IReadOnlyList<QuietView> Quiet, IReadOnlyList<EntryView> Entries, IReadOnlyList<DueView> Due);

/// <summary>Quiet hours.</summary>
/// <param name="Name">Name.</param>
/// <param name="Text">22:00 to 06:00.</param>
public sealed record QuietView(string Name, string Text);

/// <summary>An entry of the schedule.</summary>
/// <param name="Name">Name.</param>
/// <param name="Cron">When, as it is written.</param>
/// <param name="TimeZone">Where its hours are meant.</param>
/// <param name="Plan">Plan.</param>
/// <param name="Slots">Slots; empty: all.</param>
/// <param name="Needs">Labels that a slot must have.</param>
/// <param name="Priority">0 to 100.</param>
/// <param name="Next">When it is due next; null: never again.</param>
/// <param name="Last">What became of it the last time; null: it was not due yet.</param>
/// <param name="Why">Why.</param>
public sealed record EntryView(
    string Name, string Cron, string TimeZone, string Plan, IReadOnlyList<string> Slots, IReadOnlyList<string> Needs, int Priority, DateTimeOffset? Next, DueOutcome? Last, string? Why);

/// <summary>A time at which an entry is due.</summary>
/// <param name="At">When.</param>
/// <param name="Local">The same as its clocks show it there.</param>
/// <param name="Entry">Entry.</param>
/// <param name="Plan">Plan.</param>
/// <param name="StartsAt">When it may start: later than it is due where quiet hours hold it up; null: they leave it out.</param>
public sealed record DueView(DateTimeOffset At, string Local, string Entry, string Plan, DateTimeOffset? StartsAt);
