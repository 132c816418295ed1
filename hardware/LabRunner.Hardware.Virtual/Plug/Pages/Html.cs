using System.Globalization;
using System.Net;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>Frame of every page: title, heading, footer and the polling script.</summary>
internal static class Html
{
    public const string ReturnToMain = "<a href=\"index\">Return to main menu</a>";

    public const string ReturnToConfig = "<a href=\"cfg\">Return to cfg</a> | " + ReturnToMain;

    private const string Style =
        "<style>body{background:#21333e;color:#eaeaea;font-family:verdana,sans-serif;text-align:center}"
        + "div#main{display:inline-block;text-align:left;min-width:340px;max-width:800px}h1 a{color:#eaeaea}a{color:#1fa3ec;text-decoration:none}"
        + "table{width:100%;table-layout:fixed}input,select,textarea{width:100%;box-sizing:border-box;padding:5px;font-size:1em}"
        + "input[type=checkbox]{width:1em}input[type=submit]{border:0;border-radius:.3rem;background:#1fa3ec;color:#fff;line-height:2.4rem}"
        + ".bred{background:#d43535!important}.bgrn{background:#47c266!important}.on,.off{text-align:center;font-size:54px}.on{font-weight:700}"
        + ".safe{color:red}.hdiv{width:95%;white-space:nowrap}.hele{width:210px;display:inline-block}.disp-inline{display:inline-block}</style>";

    private const string Script =
        "<script type='text/javascript'>"
        + "var pollTimer,retryTimer,request=null,seconds=0,getElement=id=>document.getElementById(id);"
        + "function editing(){var a=document.activeElement;return !!a&&(a.tagName=='SELECT'||(a.tagName=='INPUT'&&['number','color','range'].includes(a.type)));}"
        + "function again(){clearTimeout(pollTimer);clearTimeout(retryTimer);pollTimer=setTimeout(showState,PERIOD);}"
        + "function showState(){clearTimeout(pollTimer);clearTimeout(retryTimer);if(request)request.abort();var state=getElement('state');if(!state)return;"
        + "request=new XMLHttpRequest();request.onreadystatechange=()=>{if(request.readyState==4&&request.statusText=='OK'){"
        + "if(!editing())state.innerHTML=request.responseText;again();}};"
        + "request.open('GET','index?state=1',true);request.send();retryTimer=setTimeout(showState,PERIOD);}"
        + "function upTime(s){var d=Math.floor(s/86400),h=Math.floor(s%86400/3600),m=Math.floor(s%3600/60),t=s%60;"
        + "return d?`${d} days, ${h} hours, ${m} minutes and ${t} seconds`:h?`${h} hours, ${m} minutes and ${t} seconds`:m?`${m} minutes and ${t} seconds`:`just ${t} seconds`;}"
        + "window.addEventListener('load',()=>{var e=getElement('onlineFor');if(e){seconds=parseInt(e.dataset.initial,10);"
        + "setInterval(()=>{e.textContent=upTime(++seconds);},1000);}showState();});"
        + "history.replaceState(null,'',window.location.pathname.slice(1));"
        + "setTimeout(()=>{var e=getElement('changed');if(e)e.innerHTML='';},5000);</script>";

    /// <summary>A whole page.</summary>
    public static HttpReply Page(PlugFirmware firmware, string? name, string body, string footer = ReturnToConfig)
    {
        string device = Escape(firmware.Config.DeviceName);
        string title = name is null ? device : $"{device} - {name}";
        string period = firmware.IndexRefreshMilliseconds.ToString(CultureInfo.InvariantCulture);
        return HttpReply.Html(string.Create(
            CultureInfo.InvariantCulture,
            $"<!DOCTYPE html><html><head><title>{title}</title><link rel=\"icon\" href=\"data:,\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{Style}</head><body><div id=\"main\"><h1><a href=\"/index\">{device}</a></h1>{body}{footer} | <a target=\"_blank\" href=\"https://github.com/openshwprojects/OpenBK7231T_App\">Source</a><br>{firmware.BuildText}<br>Online for&nbsp;<span id=\"onlineFor\" data-initial=\"{firmware.UptimeSeconds}\">-</span><br>Device MAC: {firmware.MacWithColons}<br>Short name: {Escape(firmware.Config.ShortName)}, Chipset {firmware.Plug.Chip.Name}</div></body>{Script.Replace("PERIOD", period, StringComparison.Ordinal)}</html>"));
    }

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    public static string TextField(string label, string name, string value, string before, string type = "text") =>
        $"{before}<label for=\"{name}\">{label}:</label><br><input type=\"{type}\" id=\"{name}\" name=\"{name}\" value=\"{Escape(value)}\">";

    public static string NumberField(string label, string name, long value, string before) =>
        TextField(label, name, value.ToString(CultureInfo.InvariantCulture), before, "number");

    public static string Action(string path, string text) =>
        $"<form action=\"{path}\"><input type=\"submit\" value=\"{text}\"/></form>";
}
