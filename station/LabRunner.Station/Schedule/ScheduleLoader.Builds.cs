using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Station.Builds;

namespace LabRunner.Station.Schedule;

/// <content>Watches for builds.</content>
public static partial class ScheduleLoader
{
    private sealed partial class Reading
    {
        private BuildWatch? Builds(string name, string what, MapNode map)
        {
            BuildText text = OptionsBinder.Bind<BuildText>(map, what, problems);
            CheckPlan(map, text);
            string? notify = Notify(map, text.Notify);
            int before = problems.Count;
            if (new object?[] { text.Folder, text.Url, text.Mqtt }.Count(p => p is not null) != 1)
            {
                problems.Add(map.Place, $"{what} names {(text.Folder is null && text.Url is null && text.Mqtt is null ? "no place" : "several places")} of builds", "Write one of 'folder', 'url' and 'mqtt'");
            }

            Uri? url = text.Url is { } address ? Address(map, "url", address) : null;
            BuildTopic? topic = text.Mqtt is { } mqtt && map.Find("mqtt") is MapNode topicMap ? Topic(topicMap, mqtt) : null;
            return problems.Count > before ? null : new BuildWatch(name, new BuildPlace(text.Folder is { } folder ? Path.GetFullPath(folder, folders.Home) : null, text.Files, url, topic), text.Put, text.Plan ?? "")
            {
                Slots = text.Slots, Needs = text.Needs, Priority = text.Priority, TimeScale = text.TimeScale, Every = text.Every, Settle = text.Settle,
                LargestBytes = (long)(text.LargestMegabytes * 1024 * 1024), Limit = text.Limit, Why = text.Why, Notify = notify,
            };
        }

        private Uri? Address(MapNode map, string key, string text)
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
            {
                return url;
            }

            problems.Add(map.PlaceOf(key), $"'{key}' is '{text}', which is no address", "Write http:// or https:// and the rest");
            return null;
        }

        private BuildTopic? Topic(MapNode map, TopicText text)
        {
            string[] broker = (text.Broker ?? "").Split(':');
            if (broker.Length != 2 || !ushort.TryParse(broker[1], out ushort port) || broker[0].Length == 0)
            {
                problems.Add(map.PlaceOf("broker"), $"'broker' is '{text.Broker}'", "Write host:port, for example localhost:1883");
                return null;
            }

            string? password = null;
            if (text.Password is { } reference)
            {
                if (Reference().Match(reference) is { Success: true } match)
                {
                    password = match.Groups[1].Value;
                }
                else
                {
                    problems.Add(map.PlaceOf("password"), "'password' is a secret and is written out", "Write \"${env:NAME}\" and keep the secret in that variable");
                }
            }

            // A base address without a slash at its end would let its neighbours in.
            return Address(map, "from", text.From ?? "") is not { } from ? null
                : new BuildTopic(broker[0], port, text.Topic ?? "", from.AbsolutePath.EndsWith('/') ? from : new Uri(from + "/"), text.User, password, text.Tls);
        }

        [GeneratedRegex(@"^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$", RegexOptions.CultureInvariant)]
        private static partial Regex Reference();
    }
}
