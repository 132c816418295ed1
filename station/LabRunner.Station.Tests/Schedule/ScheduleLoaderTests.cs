using LabRunner.Bench.Inventory;
using LabRunner.Station.Schedule;
using NJsonSchema;
using NJsonSchema.Validation;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>Schedule files: what is wrong is told with line, column and remedy, before the night.</summary>
public sealed class ScheduleLoaderTests
{
    private static IEnumerable<string> Files() => Directory.EnumerateFiles(ScheduleFiles.Folders.Schedules, "*.yaml");

    [TestCaseSource(nameof(Files))]
    public void EverySchedule_Holds(string file) => Assert.That(ScheduleLoader.Load(file, ScheduleFiles.Inventory, ScheduleFiles.Folders).Entries, Is.Not.Empty);

    [Test]
    public void Example_OfTheReadme_Holds()
    {
        string readme = File.ReadAllText(Path.Combine(ScheduleFiles.Folders.Home, "station", "README.md"));
        string example = readme[readme.IndexOf("schedule: my-lab", StringComparison.Ordinal)..];
        string text = example[..example.IndexOf("```", StringComparison.Ordinal)].Replace("my-lab", "virtual", StringComparison.Ordinal).Replace(", notify: bench/notify.yaml", "", StringComparison.Ordinal);

        Assert.That(ScheduleFiles.Problems(text), Is.Empty);
    }

    [TestCase("schedule: virtual\nentries:\n  night: { cron: \"0 20 * * *\", plan: smok }", "3,38: unknown plan 'smok'. Write 'smoke'.")]
    [TestCase("schedule: virtual\nentries:\n  night: { cron: \"0 25 * * *\", plan: smoke }", "3,18: '0 25 * * *' is no time that comes again. Write minute hour day month weekday: '0 20 * * 1-5' is 20:00 from Monday to Friday.")]
    [TestCase("schedule: virtual\nentries:\n  night: { cron: \"0 0 30 2 *\", plan: smoke }", "3,18: '0 0 30 2 *' never comes. Name a day that the month has.")]
    [TestCase("schedule: virtual\nentries:\n  night: { cron: \"@daily\", plan: smoke, slots: [p9] }", "3,48: unknown slot 'p9'. Write 'p1'.")]
    [TestCase("schedule: virtual\nentries:\n  night: { cron: \"@daily\", plan: smoke, priority: 101 }", "3,51: 'priority' is '101', out of range. Write 0 to 100.")]
    [TestCase("schedule: virtual\ntimeZone: Europe/Berln\n", "2,11: unknown time zone 'Europe/Berln'. Write 'Europe/Berlin'.")]
    [TestCase("schedule: virtual\nquietHours:\n  night: { from: \"22:00\", to: \"6:00\" }", "3,31: 'to' is '6:00', which is no time of day. Write hour:minute with two digits each: 06:30.")]
    [TestCase("schedule: virtual\nquietHours:\n  night: { from: \"22:00\", to: \"06:00\", days: [monday] }", "3,46: unknown day 'monday'. Write 'mon'.")]
    [TestCase("schedule: virtual\nhealth: { before: schedule }", "2,19: unknown value of 'before' 'schedule'. Write 'scheduled'.")]
    [TestCase("schedule: other\n", "1,11: it is for bench 'other', and this is 'virtual'. Write 'schedule: virtual', or name another file.")]
    [TestCase("schedule: virtual\nentrys: {}\n", "2,1: the schedule has no key 'entrys'. Write 'entries'.")]
    [TestCase("schedule: virtual\nentries:\n  \"a/b\": { cron: \"@daily\", plan: smoke }", "3,3: 'a/b' is no name. Use up to 40 letters, digits, - and _.")]
    public void Mistake_IsToldWithItsPlaceAndARemedy(string text, string problem) => Assert.That(ScheduleFiles.Problems(text), Is.EqualTo(problem));

    [Test]
    public void Label_ThatNoSlotHas_IsToldWithThoseThereAre() => Assert.That(
        ScheduleFiles.Problems("schedule: virtual\nentries:\n  night: { cron: \"@daily\", plan: smoke, needs: [gold] }"),
        Does.StartWith("3,48: no slot has all of gold. Labels of this bench are BL602,"));

    [TestCase("entries:\n  often: { cron: \"* * * * * *\", plan: smoke }", "entry 'often' is due every 1 s (cron: \"* * * * * *\"): six fields begin with seconds. While a job of it waits the next one is left out.")]
    [TestCase("entries:\n  fine: { cron: \"* * * * *\", plan: smoke }", null)]
    [TestCase("builds:\n  told: { mqtt: { broker: \"broker:1883\", topic: builds, from: \"https://ci/\", user: anna, password: \"${env:P}\" }, plan: smoke }", "build watch 'told': user and password go to broker unencrypted. Write 'tls: true' in its mqtt where the broker has it.")]
    [TestCase("builds:\n  told: { mqtt: { broker: \"broker:8883\", tls: true, topic: builds, from: \"https://ci/\", user: anna, password: \"${env:P}\" }, plan: smoke }", null)]
    [TestCase("builds:\n  told: { mqtt: { broker: \"localhost:1883\", topic: builds, from: \"https://ci/\", user: anna, password: \"${env:P}\" }, plan: smoke }", null)]
    public void WhatIsAllowedAndSeldomMeant_IsWarnedOf(string text, string? warning) =>
        Assert.That(ScheduleFiles.Load(text).Warnings(ScheduleFiles.At("2026-03-01T00:00:30Z")), Is.EqualTo(warning is null ? Array.Empty<string>() : [warning]));

    [Test]
    public void AllMistakes_AreToldAtOnce() => Assert.That(
        ScheduleFiles.Problems("schedule: virtual\nentries:\n  a: { plan: smok }\n  b: { cron: never, plan: smoke, quiet: loud }").Split('\n'), Has.Length.EqualTo(4));

    [Test]
    public async Task Schema_TakesTheExample_AndRefusesAMisspeltKey()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(ScheduleLoader.Schema());
        ICollection<ValidationError> good = schema.Validate("""{ "schedule": "virtual", "entries": { "night": { "cron": "0 20 * * *", "plan": "smoke", "catchUp": "3h", "quiet": "skip" } } }""");
        ICollection<ValidationError> bad = schema.Validate("""{ "schedule": "virtual", "entries": { "night": { "cron": "0 20 * * *", "plam": "smoke" } } }""");

        Assert.That((good.Count, bad.Count > 0), Is.EqualTo((0, true)), string.Join(' ', good));
    }
}
