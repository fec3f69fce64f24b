"""A made-up phrase library with planted defects, and the list of what is planted. Seeded: the same every time."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field

HEAD = ("编码", "分组", "标题", "内容")
PRODUCTS = (
    "保温杯", "折叠伞", "护颈枕", "电热水壶", "儿童书包", "瑜伽垫", "空气炸锅", "羽毛球拍", "台灯", "行李箱",
    "四件套", "加湿器", "咖啡机", "登山鞋", "帆布包", "蓝牙音箱", "电动牙刷", "养生壶", "收纳箱", "浴巾",
    "榨汁机", "挂烫机", "拼图", "猫砂盆", "狗窝", "办公椅", "键盘", "鼠标垫", "手机支架", "充电宝",
    "餐具套装", "砧板", "不粘锅", "蒸锅", "窗帘", "地毯", "衣架", "鞋柜", "晾衣架", "香薰机",
)  # fmt: skip
#: Topic and text; none breaks a rule, and what they say of terms is the same everywhere.
TEMPLATES = (
    ("材质", "您看的这款{p}用料是食品接触级的，有检测报告，需要的话我拍给您看哦"),
    ("尺寸", "{p}的尺寸在详情页第三张图，您量一下要放的位置，留两厘米余量会更合适"),
    ("重量", "{p}带包装大约两公斤，一个人就能搬，您收到拿起来很轻便"),
    ("颜色", "{p}目前有三个颜色可选，实物和图片会有一点光线上的差别，您放在自然光下看最准"),
    ("清洗", "{p}用温水加一点中性洗涤剂擦洗就行，洗好放在通风处晾干"),
    ("安装", "{p}包装里附了安装步骤和工具，照着图一步步来，十分钟左右就能装好"),
    ("使用", "第一次使用{p}之前请先看说明书第二页，有注意事项，看完再用更顺手"),
    ("存放", "{p}平时放在干燥阴凉的地方，隔一段时间拿出来通通风"),
    ("适用", "{p}适合家里日常使用，送长辈也很体面，我们有礼品袋可以一起寄"),
    ("配件", "{p}的配件都在盒子夹层里，收到请先清点，少了哪一样告诉我，马上给您补寄"),
    ("现货", "{p}现在仓库有货，您选好规格就可以付款，备注里写上想要的颜色"),
    ("补货", "{p}这个规格预计下周三到仓，我先帮您登记，到了第一时间通知您"),
    ("推荐", "如果主要是自己用，{p}选基础款就够了；要是送人，建议看看礼盒款"),
    ("对比", "{p}的两款主要差在容量，人多选大的，一个人用小的更省地方"),
    ("保养", "{p}用一个月左右检查一下连接的地方，有松动拧紧就好"),
    ("优惠", "{p}参加店铺满减，购物车里一起结算会自动减，您先领券再付款更划算"),
    ("赠品", "购买{p}会随单送一份小礼物，放在箱子最上面，您开箱时留意一下"),
    ("开票", "{p}可以开票，您在订单里填好抬头和税号，开好会发到您的邮箱"),
    ("改址", "想改{p}的收货地址，请您把新地址和收件人发我，还没出库就能帮您改好"),
    ("催件", "您的{p}已经在路上了，我刚联系了快递网点，今天会优先派送，请您留意电话"),
    ("签收", "{p}送到时请当面看一下外箱，有压痕就拍张照片发我，我来处理"),
    ("破损", "真是抱歉，{p}在路上磕碰了，麻烦您拍两张照片，我现在就安排补寄"),
    ("少件", "非常抱歉少装了，{p}缺的那一份今天就给您补寄，单号出来马上发您"),
    ("退款进度", "{p}的退款已经提交，一般三个工作日原路退回，到账会有短信提醒您"),
    ("换货", "{p}换规格很简单，您在订单里选换货，填好新规格，仓库收到旧的就给您寄新的"),
    ("教程", "{p}的使用视频在商品页最下方，跟着做一遍就会了，有卡住的地方随时问我"),
    ("声音", "{p}工作时声音和正常说话差不多，夜里用建议调到低档"),
    ("耗电", "{p}一小时大概用半度电，平时按需开关就很省"),
    ("容量", "{p}按两到三口之家的用量设计，人多的话可以看看同系列的大容量款"),
    ("包装", "{p}外面是加厚纸箱，里面有气泡袋，送人的话我帮您换成礼盒"),
    ("留言", "{p}的问题我记下了，下午三点前给您回复，您先忙"),
    ("核对", "跟您核对一下，{p}要的是中间那个规格，收件信息和上次一样，对吗？"),
    ("评价", "{p}用着顺手的话，欢迎您晒图说说感受，给后面的朋友做个参考"),
    ("回访", "您好，{p}用了一周感觉怎么样？有不顺手的地方我来帮您看"),
    ("搭配", "买{p}的顾客常常会配一个收纳袋，出门带着方便，您可以一起看看"),
    ("年龄", "{p}三岁以上的孩子在大人陪同下就能用，边角做了圆滑处理"),
    ("气味", "{p}刚拆开有一点新包装的味道，打开放半天就散了，您放心"),
    ("刻字", "{p}支持刻名字，您把要刻的字发我，四个字以内效果比较好看"),
    ("售后入口", "{p}需要售后时，打开订单点右下角的申请售后，提交以后我马上能看到"),
    ("验货", "{p}出库前每一件都检查过，盒子里有检验员的编号卡，您可以看一下"),
    ("指定快递", "{p}默认发中通，想换别的快递请在付款前告诉我，我帮您备注"),
    ("时段", "您方便收货的时段告诉我，我在{p}的面单上备注，快递员会按时联系您"),
    ("代收", "{p}可以放菜鸟驿站或者家门口，您在备注里写一下就行"),
    ("旧换新", "{p}参加以旧换新，旧的寄回后补贴会返到您的账户余额"),
    ("说明书", "{p}的电子说明书我发您，手机上打开就能看，放大也清楚"),
    ("问好", "您好，我是{p}专区的客服小满，请问想了解哪一方面呢？"),
    ("结束", "{p}的事情都办好了，感谢您的信任，祝您生活愉快，有需要随时找我"),
    ("稍等", "好的，我去仓库看一下{p}的实物，五分钟内回复您，请稍等"),
    ("参数", "{p}的参数表我整理好了，发在下面，您按自己的情况对照就可以"),
    ("致歉", "让您久等了，实在抱歉，{p}的情况我已经问清楚，马上跟您说"),
    ("提醒", "{p}今天已经打包，出库后会有短信，麻烦您留意一下手机"),
    ("试用", "{p}线下体验点的地址在店铺首页，周末去的话可以先看看实物"),
    ("退回地址", "{p}寄回前请在箱子里放一张纸条，写上订单号后四位，仓库好核对"),
    ("防滑", "{p}底部有防滑纹，放在瓷砖或木地板上都很稳"),
    ("礼物", "{p}送朋友很合适，贺卡内容发我，我让同事手写一张放进去"),
)
BANNED = ("自己看说明书", "随便你", "不归我管", "爱买不买", "嫌贵就去别家买", "跟我们店没关系", "谁让你不看尺码表",
          "我也没办法", "你投诉去吧", "关我什么事", "说了多少遍了", "急什么急")  # fmt: skip
REFUSING = (
    "{p}不能退，也不支持换，拆了就不可以再寄回",
    "{p}不行，价格不能动，赠品也不送",
    "{p}不议价，不包安装，也不支持指定快递",
    "{p}改不了地址，不能加急，也不可以换颜色",
    "{p}没办法补发，不能退差价，也不支持开票",
)
HALF = (",", "!", "?", ";", ":")
PLACEHOLDERS = ("{昵称}", "【快递单号】", "{订单号}", "XX旗舰店", "[客户姓名]", "____")
CONTACTS = ("138{n:08d}", "400-8{n:02d}-{m:04d}", "service{n}@shop-mail.com", "0571-8{n:07d}")
LINKS = ("www.shop{n}-sale.com", "https://t{n}.promo-page.cn/a")
OFF = ("加我微信聊，微信号 abc{n}", "加我QQ {n}12345", "加V信领券")
BRIBES = ("五星好评返 {n} 元红包", "好评截图返现 {n} 元", "改成好评给您退 {n} 元")
EXPIRED = ("{p}满减活动截至10月31日，喜欢就拍", "国庆放假10月1日至10月7日，{p}10月8日恢复发货",
           "{p}优惠券有效期至2025年12月31日哦", "618大促正在火热进行中，{p}好价")  # fmt: skip
TRADITIONAL = (("这", "這"), ("个", "個"), ("发", "發"), ("请", "請"), ("说", "說"), ("还", "還"), ("时", "時"))
WIDE = ("２４", "ＶＩＰ", "Ａ４", "５００")
#: A term: title, the usual wording (written twice), another value.
TERMS = (
    ("发货时间", "付款后 48 小时内发货{tail}", "付款后 24 小时内发货{tail}"),
    ("包邮", "满 59 元包邮{tail}", "满 99 元包邮{tail}"),
    ("退货时间", "支持 7 天内退货{tail}", "支持 15 天内退货{tail}"),
)
TAILS = (
    "，发出后有短信提醒", "，请您留意物流", "，节奏和平时一样", "，有变动会通知您", "，您安心等候", "，单号自动更新",
    "，规格不同也一样", "，两件一起算", "，按付款顺序安排", "，以页面说明为准", "，全店通用", "，新老顾客一样",
    "，备注会看到", "，仓库每天都这样", "，手机上能查", "，收件信息先核对好", "，现在就能安排", "，同款都适用",
)  # fmt: skip
OTHER_ANSWERS = ("{p}的这一项以详情页为准，有变动我再通知您", "{p}这个我先登记，问清楚了给您答复",
                 "{p}的情况我让专员联系您，请保持手机畅通")  # fmt: skip


@dataclass
class Library:
    """Rows of a library (code, group, title, text) and what is planted: (row from 0, rule id)."""

    rows: list[list[str]] = field(default_factory=list)
    planted: list[tuple[int, str]] = field(default_factory=list)

    def csv(self) -> str:
        """The library as CSV with a heading."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([HEAD, *self.rows])
        return out.getvalue()


#: How many of each defect are planted in a library of 2,000 phrases.
COUNTS = {
    "banned-words": 103, "overused-bu": 90, "half-width-marks": 61, "stray-blanks": 66, "plain-you": 48,
    "mixed-you": 20, "placeholder-left": 40, "expired-date": 24, "unlisted-contact": 24, "external-link": 10,
    "off-platform-contact": 12, "pays-for-review": 12, "phrase-too-long": 15, "mixed-script": 20,
    "punctuation-abuse": 30, "duplicate-phrase": 40, "phrase-conflict": 36,
}  # fmt: skip


def make(size: int = 2_000, seed: int = 20261116) -> Library:
    """A library of ``size`` phrases with defects planted in the proportions of ``COUNTS``."""
    rng = random.Random(seed)
    pairs = [(topic, text, product) for topic, text in TEMPLATES for product in PRODUCTS]
    rng.shuffle(pairs)
    library = Library()
    for number in range(size):
        topic, text, product = pairs[number % len(pairs)]
        batch = number // len(pairs)
        name = product if not batch else f"{product}{batch + 1}代"
        library.rows.append([f"{number + 1:05d}", topic, f"{name}·{topic}", text.format(p=name)])
    _plant(library, rng, size / 2_000)
    return library


def _plant(library: Library, rng: random.Random, share: float) -> None:
    places = list(range(len(library.rows)))
    rng.shuffle(places)
    for rule, count in COUNTS.items():
        for number in range(round(count * share)):
            _defect(library, rule, places, number, rng)
    library.planted.sort()


def _defect(library: Library, rule: str, places: list[int], number: int, rng: random.Random) -> None:
    row = places.pop()
    text, product = library.rows[row][3], library.rows[row][2].split("·")[0]
    if rule == "duplicate-phrase":
        other = places.pop()
        first, second = sorted((row, other))
        library.rows[second][1:] = [*library.rows[first][1:3], _again(library.rows[first][3], number)]
        library.rows[second][2] += "备用"
        row = second
    elif rule == "phrase-conflict":
        row = _conflict(library, row, places, number)
    else:
        library.rows[row][3] = _spoilt(rule, text, product, number, rng)
    library.planted.append((row, rule))


def _again(text: str, number: int) -> str:
    """Nearly the same text: courtesy, marks or a word more."""
    said = (f"亲，{text}哦", f"{text}~", text.replace("，", "，麻烦", 1), f"{text}的", f"{text}，谢谢")
    return said[number % len(said)]


def _conflict(library: Library, row: int, places: list[int], number: int) -> int:
    """Two answers under one title, or a term with another value; the usual value is written twice as often."""
    if number % 2:
        other = places.pop()
        first, second = sorted((row, other))
        library.rows[second][1:3] = library.rows[first][1:3]
        name = library.rows[first][2].split("·")[0]
        library.rows[second][3] = OTHER_ANSWERS[number // 2 % len(OTHER_ANSWERS)].format(p=name)
        return second
    title, usual, other_value = TERMS[number // 2 % len(TERMS)]
    tail = TAILS[number // 2 % len(TAILS)]
    for more, place in ((tail, places.pop()), (f"{tail}，从订单确认的时候算起，页面上也写着", places.pop())):
        library.rows[place][1:] = ["常用", f"{title}{place}", usual.format(tail=more)]
    library.rows[row][1:] = ["常用", f"{title}{row}", other_value.format(tail=tail)]
    return row


def _spoilt(rule: str, text: str, product: str, number: int, rng: random.Random) -> str:
    """The text with one defect of this rule."""
    if rule == "banned-words":
        return f"{product}的事{BANNED[number % len(BANNED)]}"
    if rule == "overused-bu":
        return REFUSING[number % len(REFUSING)].format(p=product)
    if rule == "half-width-marks":
        mark = HALF[number % len(HALF)]
        return text.replace("，", mark, 1) if mark in ",;:" and "，" in text else f"{text.rstrip('？')}{mark}"
    if rule == "stray-blanks":
        return (text.replace("，", "，  ", 1), text.replace("，", " ，", 1), f"{text}  谢谢")[number % 3]
    if rule == "plain-you":
        return f"你看的{product}有货，你选好规格，我给你登记"
    if rule == "mixed-you":
        return f"您好，你要的{product}到了，您看哪天方便收"
    if rule == "placeholder-left":
        return f"{PLACEHOLDERS[number % len(PLACEHOLDERS)]}，{text}"
    if rule == "expired-date":
        return EXPIRED[number % len(EXPIRED)].format(p=product)
    if rule == "unlisted-contact":
        said = CONTACTS[number % len(CONTACTS)].format(n=10 + number, m=rng.randrange(1000, 9999))
        return f"{product}的问题可以联系 {said}"
    if rule == "external-link":
        return f"{product}在 {LINKS[number % len(LINKS)].format(n=number)} 也有"
    if rule == "off-platform-contact":
        return f"{product}{OFF[number % len(OFF)].format(n=10 + number)}"
    if rule == "pays-for-review":
        return f"{product}{BRIBES[number % len(BRIBES)].format(n=2 + number % 5)}"
    if rule == "phrase-too-long":
        return "\n".join([text, "规格在第一张图", "颜色在第二张图", "尺寸在第三张图", "有问题随时找我"])
    if rule == "mixed-script":
        old, new = next(((a, b) for a, b in TRADITIONAL if a in text), ("", "請"))
        return text.replace(old, new, 1) if old else f"{new}看，{text}"
    marks = ("！！！", "？？？", "。。。。")[number % 3]
    return f"{text}{marks}" if number % 2 else f"{WIDE[number // 2 % len(WIDE)]}，{text}"
